"""Words that scenario files are made of: instants, days, amounts, and the refusal of unknown keys."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Json = Any


def _instant_text(value: object) -> object:
    """YAML turns an unquoted instant into a date or datetime; the text form is what we mean."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes" if value.second == 0 else "seconds")
    if isinstance(value, date):
        return value.isoformat()
    return value


def _text(value: object) -> object:
    """A number where text is meant (an amount, a reference) is taken literally."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


_INSTANT = r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?([+-]\d{2}:\d{2}|Z)?)?$"
When = Annotated[str, BeforeValidator(_instant_text), Field(pattern=_INSTANT)]
Day = Annotated[str, BeforeValidator(_instant_text), Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Amount = Annotated[str, BeforeValidator(_text), Field(pattern=r"^-?[\d,]+(\.\d+)?$")]
Text = Annotated[str, BeforeValidator(_text)]


class Strict(BaseModel):
    """Unknown keys are refused, so that a typo is never a silent pass."""

    model_config = ConfigDict(extra="forbid", frozen=True)
