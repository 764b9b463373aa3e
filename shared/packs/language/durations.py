"""A length of time as a rule of a pack states it; each place says which units it takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

from shared.packs.language.section import Section

Unit = Literal["minute", "hour", "day", "working_hour", "working_day", "week", "month", "year"]

_ELAPSED: Final[Mapping[str, timedelta]] = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}


class Duration(Section):
    """A length of time as a rule states it; what a working day is comes from a calendar."""

    amount: Annotated[int, Field(ge=0, le=10_000)]
    """How many; 0 is at once."""
    unit: Unit
    """`minute` and `hour` are time on the clock from the instant. `day` and `week` end at 24:00 of the last day,
    `month` and `year` at 24:00 of the same day so much later. `working_hour` is open time of the calendar from the
    instant; `working_day` ends with the closing of the last open day. The start day does not count.
    """

    @property
    def is_working_time(self) -> bool:
        """True when it is counted in the open time of a calendar."""
        return self.unit.startswith("working_")

    def elapsed(self) -> timedelta:
        """The length in elapsed time, a day as 24 hours; for places that take only units of fixed length."""
        return self.amount * _ELAPSED[self.unit]


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """The units that one place takes, and the least amount; a fault lies at `unit` or `amount`."""

    units: tuple[Unit, ...]
    least: int = 0

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        own: dict[str, Any] = {"unit": {"enum": list(self.units)}}
        if self.least:
            own["amount"] = {"minimum": self.least}
        return {"allOf": [handler(schema), {"properties": own}]}

    def _checked(self, duration: Duration) -> Duration:
        faults: list[InitErrorDetails] = []
        if duration.unit not in self.units:
            units = ", ".join(self.units)
            faults.append({"type": _fault(f"is counted here in one of {units}"), "loc": ("unit",), "input": None})
        if duration.amount < self.least:
            faults.append({"type": _fault(f"is at least {self.least} here"), "loc": ("amount",), "input": None})
        if faults:
            raise ValidationError.from_exception_data("Duration", faults)
        return duration


def _fault(message: str) -> PydanticCustomError:
    return PydanticCustomError("duration", "{message}", {"message": message})


ElapsedDuration = Annotated[Duration, Allowed(units=("minute", "hour", "day", "week"), least=1)]
"""Elapsed time from an instant; a day is 24 hours."""

DayDuration = Annotated[Duration, Allowed(units=("day", "week", "month", "year"))]
"""Counted in days of the pack's zone."""

LeadDuration = Annotated[
    Duration, Allowed(units=("minute", "hour", "day", "week", "working_hour", "working_day"), least=1)
]
"""Counted back from an instant."""
