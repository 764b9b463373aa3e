"""Counts as they are answered, for charts."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from services.intake.copies.rules import ClockState, RemedyState
from shared.platform.http.one_of import one_of


class CaseCount(BaseModel):
    """Cases received in a month, by type and present status. Each case is in one row."""

    month: str = Field(description="Of receipt, `2026-03`, in the zone that was asked for.")
    case_type: str = Field(description="The present type.")
    registered_as: str = Field(description="The type as which they were registered.")
    status: str
    breached: bool = Field(description="Whether at least one of its clocks was breached.")
    count: int


class TypeChangeCount(BaseModel):
    """How often cases received in a month became cases of another type. A case that did so twice is counted twice."""

    month: str
    before: str = Field(description="The type that they had.")
    after: str = Field(description="The type that they became.")
    count: int


class RemedyCount(BaseModel):
    """Remedies of cases received in a month, by their present state: what came of the cases, and its amount."""

    month: str
    case_type: str
    remedy: str
    state: Annotated[str, one_of(RemedyState)]
    currency: str
    count: int
    amount_minor: int


class ClockCount(BaseModel):
    """Clocks of cases received in a month, by state and breach."""

    month: str
    case_type: str
    clock: str
    state: Annotated[str, one_of(ClockState)]
    breached: bool
    count: int


class StatisticsView(BaseModel):
    """Counts over the cases of a span. As of what intake knows of the other services when it answers."""

    cases: list[CaseCount]
    type_changes: list[TypeChangeCount]
    remedies: list[RemedyCount]
    clocks: list[ClockCount]


def statistics_view(found: dict[str, list[dict[str, Any]]]) -> StatisticsView:
    """The counts for a reader."""
    return StatisticsView.model_validate(found)
