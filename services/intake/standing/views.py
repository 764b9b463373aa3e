"""Requests and answers about standing facts."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from services.intake.entries.rules.values import Value
from services.intake.entries.views import Word
from services.intake.standing.rules import LONGEST_SUBJECT, MOST_ROWS, Refused, RowResult, Stated, Subject
from services.intake.standing.store import RecordRow
from shared.packs.intake.model.standing import SubjectKind
from shared.platform.http.edge import StrictModel
from shared.platform.http.one_of import one_of
from shared.platform.http.strict import Instant, Visible

SubjectId = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_SUBJECT), Visible]
ValueText = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Item = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class StandingFactBody(StrictModel):
    """One row: what is true of a subject under a name from an instant on."""

    subject_kind: SubjectKind
    subject: SubjectId
    name: Word
    value: ValueText | bool | int | Annotated[list[Item], Field(max_length=100)] | None = None
    valid_from: Instant
    valid_until: Instant | None = None
    withdrawn: bool = False

    @model_validator(mode="after")
    def _withdraws_nothing_else(self) -> Self:
        if self.withdrawn and (self.value is not None or self.valid_until is not None):
            raise PydanticCustomError("withdrawn_with_value", "a row that withdraws has no value and no end")
        return self

    def stated(self) -> Stated:
        """The row as it is decided."""
        return Stated(
            of=Subject(kind=self.subject_kind, subject=self.subject, name=self.name),
            value=self.value,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            is_withdrawn=self.withdrawn,
        )


class RecordStandingFactsBody(StrictModel):
    """Rows in the order in which they are recorded; a later one may supersede an earlier one."""

    rows: Annotated[list[StandingFactBody], Field(min_length=1, max_length=MOST_ROWS)]


class RowResultView(BaseModel):
    """What became of one row."""

    outcome: Annotated[str, one_of(("recorded", "unchanged", "refused"))]
    revision: int | None
    code: Annotated[str, one_of(Refused)] | None
    field: str | None
    is_read: bool


class RecordedView(BaseModel):
    """What became of each row, in the order in which they were stated."""

    results: list[RowResultView]


class StandingFactView(BaseModel):
    """A record of a standing fact."""

    subject_kind: Annotated[str, one_of(SubjectKind)]
    subject: str
    name: str
    revision: int
    value: Value
    valid_from: datetime
    valid_until: datetime | None
    withdrawn: bool
    recorded_at: datetime
    recorded_by: str


def recorded_view(results: list[RowResult]) -> RecordedView:
    """What became of the rows."""
    return RecordedView(
        results=[
            RowResultView(
                outcome=each.outcome, revision=each.revision, code=each.code, field=each.field, is_read=each.is_read
            )
            for each in results
        ]
    )


def standing_fact_view(row: RecordRow) -> StandingFactView:
    """One record."""
    stated = row.record.stated
    return StandingFactView(
        subject_kind=stated.of.kind,
        subject=stated.of.subject,
        name=stated.of.name,
        revision=row.record.revision,
        value=stated.value,
        valid_from=stated.valid_from,
        valid_until=stated.valid_until,
        withdrawn=stated.is_withdrawn,
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
    )
