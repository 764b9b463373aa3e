"""Words that scenario files are made of: instants, days, amounts, and the refusal of unknown keys."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Json = Any


def _text(value: object) -> object:
    """A whole number where text is meant (an amount, a reference) is taken literally."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


_INSTANT = r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?([+-]\d{2}:\d{2}|Z)?)?$"
When = Annotated[str, Field(pattern=_INSTANT)]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Amount = Annotated[str, BeforeValidator(_text), Field(pattern=r"^-?[\d,]+(\.\d+)?$")]
Text = Annotated[str, BeforeValidator(_text)]


class Strict(BaseModel):
    """Unknown keys are refused, so that a typo is never a silent pass."""

    model_config = ConfigDict(extra="forbid", frozen=True)
