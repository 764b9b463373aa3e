"""Draws as they are answered: with everything that is needed to make them again."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from services.intake.samples.rules import Done, Outcome
from services.intake.samples.store.draws import DrawnCaseRow, DrawRow
from shared.platform.http.one_of import one_of


class SampleDrawView(BaseModel):
    """What became of one period of a sample: `drawn`, or `refused` with the code of what refused it."""

    pack: str
    sample: str = Field(description="The sample, by its name in the pack.")
    period: str
    starts_at: datetime
    ends_at: datetime
    decided_at: datetime = Field(description="When the draw was made.")
    pack_version: int
    outcome: Annotated[str, one_of(Outcome)] = Field(description="What became of the period.")
    code: str | None
    seed: str = Field(
        description="SHA-256 over organisation, pack, sample and period, one on a line. A case's rank is SHA-256 over "
        "the bytes of the seed and the text of its id; the lowest ranks are drawn."
    )
    population: int | None = Field(description="How many cases were drawn from; null where the draw was refused.")
    wanted: int | None = Field(description="How many `rate`, `least` and `most` want of so many cases.")
    strata: int | None = Field(description="How many values of `each` there were, each with one drawn case at least.")
    drawn: int = Field(description="How many cases were drawn.")


class DrawnCaseView(BaseModel):
    """A drawn case, and whether it is its role's yet: `waiting`, `given`, or `refused` with a code."""

    pack: str
    sample: str = Field(description="The sample, by its name in the pack.")
    period: str
    case_id: str
    number: str
    values: list[str] = Field(description="Its values of `each`.")
    step: str | None = Field(description="The step to take on it; null where a case was opened for it.")
    role: str = Field(description="The role that looks at it, by its name in the pack.")
    cite: str
    done: Annotated[str, one_of(Done)] = Field(description="Whether the role has it.")
    given_at: datetime | None = Field(description="When the role got it, or it was refused; null before that.")
    opened: str | None = Field(description="The case that was opened for it (UUID).")
    code: str | None


def draw_view(row: DrawRow) -> SampleDrawView:
    """What became of a period."""
    values = {name: getattr(row, name) for name in DrawRow.__slots__ if name != "policy_version"}
    return SampleDrawView(**values, pack_version=row.policy_version)


def drawn_case_view(row: DrawnCaseRow) -> DrawnCaseView:
    """A drawn case."""
    return DrawnCaseView(
        pack=row.pack,
        sample=row.sample,
        period=row.period,
        case_id=row.case_id,
        number=row.number,
        values=row.strata,
        step=row.step,
        role=row.role,
        cite=row.cite,
        done=row.done,
        given_at=row.given_at,
        opened=row.given_id if row.step is None else None,
        code=row.code,
    )
