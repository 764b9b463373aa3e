"""What `redress policy new` asks: every answer with its question, its default and what it may be."""

import re
from datetime import date
from typing import Annotated, Final, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from shared.kernel.money import CurrencyUnknown, exponent
from shared.packs.language.durations import Duration

MOST_CASE_TYPES: Final = 8
ID: Final = r"[a-z][a-z0-9]*([_-][a-z0-9]+)*"
_TYPE: Final = re.compile(rf"(?P<id>{ID})(\s*=\s*(?P<zh>[^/;=]+?)\s*/\s*(?P<en>[^/;=]+?))?")
_LONGEST_ID: Final = 64
_DURATION: Final = re.compile(r"(\d{1,4}) ?(minute|hour|day|week|working_hour|working_day)s?")
_LIMIT: Final = re.compile(r"\d{1,12}(\.\d{1,3})?")
_TIME: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")


class CaseKind(BaseModel):
    """A type of case: its id and what people read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    zh: str
    en: str


def _case_types(value: object) -> object:
    """`complaint=投诉/Complaint; repair=维修/Repair`; labels may be left out."""
    if not isinstance(value, str):
        return value
    found = [(part.strip(), _TYPE.fullmatch(part.strip())) for part in value.split(";") if part.strip()]
    wrong = [part for part, match in found if match is None or len(match["id"]) > _LONGEST_ID]
    if wrong or not found:
        raise ValueError(f"`{'; '.join(wrong)}`: write `complaint=投诉/Complaint; repair=维修/Repair`")
    kinds = [
        {"id": match["id"], "zh": match["zh"] or match["id"], "en": match["en"] or _spoken(match["id"])}
        for _, match in found
        if match
    ]
    if len({letters(kind["id"]) for kind in kinds}) < len(kinds):
        raise ValueError("two types whose ids differ by more than signs between words: case numbers begin with the id")
    return kinds


def letters(name: str) -> str:
    """What the numbers of a type's cases begin with."""
    return re.sub(r"[_-]", "", name).upper()


def _spoken(name: str) -> str:
    return re.sub(r"[_-]", " ", name).capitalize()


def _duration(value: object) -> object:
    if not isinstance(value, str):
        return value
    match = _DURATION.fullmatch(value.strip())
    if match is None or int(match[1]) == 0:
        raise ValueError("write `4 working_hour`, `5 working_day`, `48 hour`, `7 day` or `2 week`")
    return {"amount": int(match[1]), "unit": match[2]}


def _limit(value: str) -> str:
    if value and not _LIMIT.fullmatch(value):
        raise ValueError("write an amount such as 500 or 500.00, or `none`")
    return value


def _none(value: object) -> object:
    return "" if value is None or value == "none" else str(value) if isinstance(value, int) else value


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError("write a time zone of the IANA database, such as Asia/Shanghai")
    return value


def _currency(value: str) -> str:
    try:
        exponent(value)
    except CurrencyUnknown:
        raise ValueError("write a currency of ISO 4217, such as CNY") from None
    return value


def _country(value: str) -> str:
    from holidays import list_supported_countries  # noqa: PLC0415 (a tenth of a second)

    if value and value not in list_supported_countries():
        raise ValueError("write a country of ISO 3166 with public holidays, such as CN, or `none`")
    return value


def _time(value: str) -> str:
    if not _TIME.fullmatch(value):
        raise ValueError("write a time of day, such as 09:00")
    return value


def _line(value: str) -> str:
    if not value.isprintable():
        raise ValueError("write one line")
    return value


Line = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_line)]


class Answers(BaseModel):
    """The answers, each of which may be left out; texts that cannot be read are refused with an example."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title_zh: Line = "投诉处理规则"
    title_en: Line = "Complaint rules"
    language: Literal["zh-CN", "en"] = "zh-CN"
    zone: Annotated[str, AfterValidator(_zone)] = "Asia/Shanghai"
    currency: Annotated[str, AfterValidator(_currency)] = "CNY"
    country: Annotated[str, BeforeValidator(_none), AfterValidator(_country)] = "CN"
    """Whose public holidays are off; empty for none."""
    days: Literal["mon-fri", "mon-sat", "every_day"] = "mon-fri"
    opens: Annotated[str, AfterValidator(_time)] = "09:00"
    closes: Annotated[str, AfterValidator(_time)] = "18:00"
    case_types: Annotated[tuple[CaseKind, ...], BeforeValidator(_case_types), Field(max_length=MOST_CASE_TYPES)] = (
        CaseKind(id="complaint", zh="投诉", en="Complaint"),
    )
    first_response: Annotated[Duration, BeforeValidator(_duration)] = Duration(amount=4, unit="working_hour")
    resolution: Annotated[Duration, BeforeValidator(_duration)] = Duration(amount=5, unit="working_day")
    remedies: Literal["none", "refund", "exchange", "both"] = "refund"
    approval_limit: Annotated[str, BeforeValidator(_none), AfterValidator(_limit)] = "500"
    """Up to it a team leader approves, above it the manager; empty: the manager approves everything."""
    notifications: Literal["none", "customer", "staff", "both"] = "both"
    effective_from: date | None = None
    """First day of the pack; None: the first day of the present year."""

    @model_validator(mode="after")
    def _fit(self) -> "Answers":
        if "closes" in self.model_fields_set and self.closes <= self.opens:
            raise ValueError(f"closes: {self.closes} is not after {self.opens}")
        _, _, digits = self.approval_limit.partition(".")
        if len(digits) > exponent(self.currency):
            raise ValueError(f"approval_limit: {self.currency} has {exponent(self.currency)} digits after the point")
        return self


def shown(value: object) -> str:
    """An answer as a person would write it."""
    match value:
        case Duration():
            return f"{value.amount} {value.unit}"
        case tuple():
            return "; ".join(f"{kind.id}={kind.zh}/{kind.en}" for kind in value)
        case "" | None:
            return "none"
        case _:
            return str(value)
