"""Types of the values in scenario files: instants, days, amounts, lists; unknown keys are refused."""

import re
from datetime import date, datetime
from difflib import get_close_matches
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

Json = Any

_CALENDAR_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CLOCK_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?( ?[+-]\d{2}:?\d{2}|Z)?", re.ASCII)
_LOCAL = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?", re.ASCII)
_AMOUNT = re.compile(r"-?\d[\d,]*(\.\d+)?", re.ASCII)


def _text(value: object) -> object:
    """A whole number where text is meant (an amount, a reference) is taken literally."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _instant(text: str) -> str:
    if _CALENDAR_DAY.fullmatch(text):
        return _day(text)
    shortened = text.replace(" +", "+").replace(" -", "-")
    if not _CLOCK_TIME.fullmatch(text) or not _reads(datetime.fromisoformat, shortened):
        raise ValueError(f"`{text}` is no instant: write 2026-03-05T09:00 (in the pack's zone) or 2026-03-05T01:00Z")
    return shortened


def _day(text: str) -> str:
    if not _CALENDAR_DAY.fullmatch(text) or not _reads(date.fromisoformat, text):
        raise ValueError(f"`{text}` is no day: write 2026-03-05")
    return text


def _amount(text: str) -> str:
    if not _AMOUNT.fullmatch(text):
        raise ValueError(f'`{text}` is no amount: write 21000.00 or "21,000.00"')
    return text


def _reads(parse: Any, text: str) -> bool:
    """Whether the calendar has it: 30 February fits the pattern and is no day."""
    try:
        parse(text)
    except ValueError:
        return False
    return True


def instant_in(zone: ZoneInfo, text: str) -> datetime:
    """The instant that `text` states: in `zone` unless it has an offset; a day alone is its first instant."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def zoned(value: Any, zone: ZoneInfo) -> Any:
    """`value` with every instant that has no offset in `zone`: the APIs accept only instants with an offset."""
    match value:
        case str() if _LOCAL.fullmatch(value) and _reads(datetime.fromisoformat, value):
            return instant_in(zone, value).isoformat()
        case dict():
            return {key: zoned(item, zone) for key, item in value.items()}
        case list():
            return [zoned(item, zone) for item in value]
        case _:
            return value


def _truth(value: object) -> object:
    if not isinstance(value, bool):
        raise ValueError("must be true or false, without quotes (`yes` and `no` are text)")  # noqa: TRY004
    return value


def one_of(*words: str) -> AfterValidator:
    """A text that is one of `words`, or a reference to an earlier answer."""

    def checked(text: str) -> str:
        if text not in words and "{" not in text:
            near = next(iter(get_close_matches(text, words, n=1)), None)
            raise ValueError(f"`{text}` is none of {', '.join(words)}" + (f" (is `{near}` meant?)" if near else ""))
        return text

    return AfterValidator(checked)


Truth = Annotated[bool, BeforeValidator(_truth)]
Count = Annotated[int, Field(ge=0)]
When = Annotated[str, AfterValidator(_instant)]
Day = Annotated[str, AfterValidator(_day)]
Amount = Annotated[str, BeforeValidator(_text), AfterValidator(_amount)]
Text = Annotated[str, BeforeValidator(_text)]
Name = Annotated[str, Field(pattern=r"^\w[\w-]*$")]


class Strict(BaseModel):
    """Unknown keys are refused, so that a typing error cannot make a check pass."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class ListMatch(Strict):
    """What a list must hold, instead of the whole list."""

    contains: list[Json] | None = None
    """Each of these equals an element of the list."""
    count: int | None = Field(default=None, ge=0)
    """The number of elements."""

    @model_validator(mode="after")
    def _something(self) -> "ListMatch":
        if self.contains is None and self.count is None:
            raise ValueError("give the whole list, or `contains` or `count` of it")
        return self


def _shape(value: object) -> str:
    return "match" if isinstance(value, dict | ListMatch) else "list"


_Match = Annotated[ListMatch, Tag("match")]
Texts = Annotated[Annotated[list[Text], Tag("list")] | _Match, Discriminator(_shape)]
Days = Annotated[Annotated[list[Day], Tag("list")] | _Match, Discriminator(_shape)]
