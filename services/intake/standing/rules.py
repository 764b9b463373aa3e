"""Standing facts: which records a stated row makes, and what expressions see of the records in effect.

A record holds from `valid_from` until `valid_until` (exclusive; open when None). A later record of the same subject,
name and `valid_from` supersedes the earlier one. Of the records in effect at an instant the one that begins last holds,
so that a limited exception ends in what held before. Nothing is changed or erased by stating more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from services.intake.entries.rules.values import Context, Value, taken, unfit
from shared.kernel.errors import Conflict
from shared.kernel.instants import instant_text, parse_instant, usual_instant
from shared.kernel.text import Text
from shared.packs.intake.model.standing import StandingFact, SubjectKind
from shared.packs.language.expression import ExpressionFailed
from shared.packs.language.types import Expr

MOST_ROWS: Final = 1_000
"""Rows of one request."""
MOST_RECORDS: Final = 1_000
"""Records that one subject has under one name."""
LONGEST_SUBJECT: Final = 200

Refused = Literal["value_missing", "value_unfit", "span_empty", "nothing_to_withdraw", "too_many_records"]
"""Why a row is refused."""


class StandingFactUnfit(Conflict):
    """What is on record is not of the type that the pack declares; `fields.standing`, `fields.reason`. 409."""

    code = "standing_fact_unfit"
    title = Text(en="Value on record is not of the declared type", zh="登记的常设信息与规则声明的类型不符")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a standing fact is about, and its name."""

    kind: SubjectKind
    subject: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """One row as it is stated; `is_withdrawn` takes back the record that begins then."""

    of: Subject
    value: Value
    valid_from: datetime
    valid_until: datetime | None = None
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row on record; revisions of a subject and name count from 1 without a gap."""

    stated: Stated
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is on record already: of the row's subject and name the last revision, and the record that begins then."""

    last_revision: int
    same_start: Record | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowResult:
    """What became of a row: a record, nothing because it is on record already, or a refusal with its place."""

    outcome: Literal["recorded", "unchanged", "refused"]
    revision: int | None = None
    code: Refused | None = None
    field: str | None = None
    is_read: bool = False
    """Whether a pack in force reads a fact of this name."""


Starts = tuple[Subject, datetime]


def decided(
    rows: Sequence[Stated], known: Mapping[Starts, Known], declared: Sequence[StandingFact]
) -> tuple[list[RowResult], list[Record]]:
    """What becomes of each row, in their order, and the new records; a later row sees those before it."""
    revisions = {row.of: known[row.of, row.valid_from].last_revision for row in rows}
    begins = {place: found.same_start for place, found in known.items()}
    results, records = [], []
    for row in rows:
        reading = [fact for fact in declared if (fact.of, fact.recorded_name) == (row.of.kind, row.of.name)]
        place = (row.of, row.valid_from)
        result = _decided(row, begins[place], last=revisions[row.of], declared=reading)
        if result.outcome == "recorded":
            revisions[row.of] += 1
            begins[place] = record = Record(stated=row, revision=revisions[row.of])
            records.append(record)
        results.append(result)
    return results, records


def _decided(row: Stated, earlier: Record | None, *, last: int, declared: Sequence[StandingFact]) -> RowResult:
    is_read = bool(declared)
    if (refused := _refusal(row, earlier, declared)) is not None:
        code, place = refused
        return RowResult(outcome="refused", code=code, field=place, is_read=is_read)
    if earlier is not None and earlier.stated == row:
        return RowResult(outcome="unchanged", revision=earlier.revision, is_read=is_read)
    if last >= MOST_RECORDS:
        return RowResult(outcome="refused", code="too_many_records", field="name", is_read=is_read)
    return RowResult(outcome="recorded", revision=last + 1, is_read=is_read)


def _refusal(row: Stated, earlier: Record | None, declared: Sequence[StandingFact]) -> tuple[Refused, str] | None:
    if row.is_withdrawn:
        return None if earlier is not None else ("nothing_to_withdraw", "valid_from")
    if row.value is None:
        return "value_missing", "value"
    if row.valid_until is not None and row.valid_until <= row.valid_from:
        return "span_empty", "valid_until"
    if any(unfit(fact.field, row.value) for fact in declared):
        return "value_unfit", "value"
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class InEffect:
    """A record that holds at an instant."""

    value: Value
    valid_from: datetime
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one standing fact was: whose, from which record (None where none held), which value."""

    subject: str | None
    record: InEffect | None
    value: Value
    as_of: datetime | None
    """The instant whose record counts; None while the pack's expression for it is absent."""
    known_at: datetime
    """When the decision was made; what was recorded later did not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """What the standing facts of a decision were, by id; `at` is the instant of the decision."""

    at: datetime
    of: Mapping[str, Reading] = field(default_factory=dict)


def subject_of(fact: StandingFact, seen: Context, *, customer: str) -> str | None:
    """The id of the subject; None while its key is absent or cannot be computed."""
    return customer if fact.key is None else text_of_key(fact.key, seen)


def text_of_key(key: Expr, seen: Context) -> str | None:
    """What a key gives, as text; None while it is absent, cannot be computed, or is no text of 200 characters."""
    try:
        value = key.value(seen)
    except ExpressionFailed:
        return None
    if isinstance(value, Decimal) and value == value.to_integral_value():
        value = str(int(value))
    return value if isinstance(value, str) and 0 < len(value) <= LONGEST_SUBJECT else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whose record is asked for and of which instant; None for what is absent, and nothing is read then."""

    subject: str | None
    as_of: datetime | None

    @property
    def is_absent(self) -> bool:
        """Whether one of both is."""
        return self.subject is None or self.as_of is None


def instant_meant(fact: StandingFact, seen: Context, *, at: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant whose record counts: `at`, or what the pack says instead, a date being 00:00 of its day in `zone`.

    None while that is absent, cannot be computed or is no date.
    """
    if fact.as_of is None:
        return at
    try:
        value = fact.as_of.value(seen)
        if not isinstance(value, str):
            return None
        if "T" in value:
            return parse_instant(value)
        return usual_instant(datetime.combine(date.fromisoformat(value), time.min, zone).astimezone(UTC))
    except (ExpressionFailed, ValueError, OverflowError):
        return None


def value_of(fact: StandingFact, asked: Asked, record: InEffect | None) -> Value:
    """What the fact is. Raises StandingFactUnfit."""
    if asked.is_absent:
        return None
    if record is None:
        return list(fact.otherwise) if isinstance(fact.otherwise, tuple) else fact.otherwise
    if (why := unfit(fact.field, record.value)) is not None:
        raise StandingFactUnfit(cite=fact.cite, fields={"standing": fact.id, "reason": why})
    return taken(fact.field, record.value)


def seen_as(readings: Readings) -> dict[str, object]:
    """The values as expressions see them: `standing.<id>`."""
    return {name: found.value for name, found in readings.of.items()}


def kept(readings: Readings) -> dict[str, Any]:
    """The values as the case's history keeps them, with the record that each was read from."""
    return {
        name: {
            "subject": found.subject,
            "value": found.value,
            "valid_from": None if found.record is None else instant_text(found.record.valid_from),
            "revision": None if found.record is None else found.record.revision,
            "as_of": None if found.as_of is None else instant_text(found.as_of),
            "known_at": instant_text(found.known_at),
        }
        for name, found in readings.of.items()
    }
