"""Periods of recurring cases as they are answered."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel

from services.intake.recurring.rules import Outcome
from services.intake.recurring.store import PeriodRow
from shared.platform.http.one_of import one_of


class RecurringPeriodView(BaseModel):
    """What became of one period of a recurring case.

    `opened` with its case; `skipped` because the rule wanted none; `refused` with the code of what refused it.
    `sample` are the numbers of the cases that were drawn from `population`.
    """

    pack: str
    recurring: str
    period: str
    starts_at: datetime
    ends_at: datetime
    due_at: datetime
    decided_at: datetime
    pack_version: int
    outcome: Annotated[str, one_of(Outcome)]
    case_id: str | None
    number: str | None
    code: str | None
    population: int | None
    sample: list[str] | None


def period_view(row: PeriodRow) -> RecurringPeriodView:
    """What became of a period."""
    values = {name: getattr(row, name) for name in PeriodRow.__slots__ if name != "policy_version"}
    return RecurringPeriodView(**values, pack_version=row.policy_version)
