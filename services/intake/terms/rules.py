"""Which rule says how long a case or a file is kept, until when, and why not another rule (ADR 0086). Pure.

The most specific rule that applies decides; of equal ones the one that ends last, then the first in the pack. What
cannot be computed, and a milestone that was not reached, mean that nothing may go.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Generic, Literal, TypeVar
from zoneinfo import ZoneInfo

from services.intake.cases.rules.case import Case
from services.intake.dossier.rules.dossier import Dossier
from services.intake.entries.rules.errors import RuleFailed
from services.intake.entries.rules.evaluation import holds
from services.intake.entries.rules.values import Context
from services.intake.evidence.rules import Erasure, Evidence
from shared.kernel.periods import months_later
from shared.packs.intake.model.retention import EvidenceRetention, Retention, Term
from shared.packs.intake.model.section import IntakeSection
from shared.packs.language.durations import Duration
from shared.packs.language.types import Expr

_FILED: Final = "evidence.added"
"""The milestone that each file has for itself."""

Place = Literal["decides", "less_specific", "ends_earlier", "does_not_apply"]
"""Why a rule decides or not."""

T = TypeVar("T", bound=Term)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running(Generic[T]):
    """A rule for a case or a file, since when its time runs, and the first day after it; None before it has begun."""

    rule: T
    since: datetime | None
    until: date | None
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTerm:
    """A file and the rules that are for it; none has `decides` where the file is kept as long as its case."""

    file: Evidence
    rules: tuple[Running[EvidenceRetention], ...]

    @property
    def deciding(self) -> Running[EvidenceRetention] | None:
        """The rule by which the file is kept."""
        return deciding(self.rules)


def deciding(rules: Sequence[Running[T]]) -> Running[T] | None:
    """The one that decides."""
    return next((each for each in rules if each.place == "decides"), None)


def kept_until(on: date, keep: Duration) -> date:
    """The first day on which what was kept from `on` may go; the 29th to 31st are clamped to the month's end."""
    match keep.unit:
        case "day" | "week":
            return on + timedelta(days=keep.amount * (1 if keep.unit == "day" else 7))
        case "month" | "year":
            months = keep.amount * (1 if keep.unit == "month" else 12)
            return months_later(on, months)
        case _:
            raise ValueError(f"retention is not counted in {keep.unit}s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoning:
    """What terms count from: when a milestone was reached last, and the first day after the last term of the files.

    `files_end` is the earliest day where there are no files under a rule, None while one of the terms has no end.
    """

    since: Callable[[str], datetime | None]
    zone: ZoneInfo
    files_end: date | None = date.min

    def until(self, rule: Term) -> date | None:
        """The first day after the rule's time; None before it runs."""
        begun = self.since(rule.from_)
        if begun is None:
            return None
        on = begun.astimezone(self.zone).date()
        if isinstance(rule, Retention) and rule.after == "files":
            if self.files_end is None:
                return None
            on = max(on, self.files_end)
        return kept_until(on, rule.keep)


def ranked(rules: Sequence[T], *, seen: Context, reckoning: Reckoning) -> tuple[Running[T], ...]:
    """The rules in their order in the pack, each with its place."""
    running = [_running(rule, seen=seen, reckoning=reckoning) for rule in rules]
    applying = [each for each in running if each is not None]
    if not applying:
        return tuple(_placed(rule, None, "does_not_apply") for rule in rules)
    best = max(_specificity(each.rule) for each in applying)
    equal = [each for each in applying if _specificity(each.rule) == best]
    first = max(equal, key=lambda each: each.until or date.max)  # of equal ones `max` takes the first
    return tuple(_placed(rule, each, _place(each, first, best)) for rule, each in zip(rules, running, strict=True))


def _running(rule: T, *, seen: Context, reckoning: Reckoning) -> Running[T] | None:
    """None where the rule does not apply; not begun where that cannot be computed."""
    try:
        applies = holds(rule.when, seen)
    except RuleFailed:
        return Running(rule=rule, since=None, until=None, place="decides")
    if not applies:
        return None
    return Running(rule=rule, since=reckoning.since(rule.from_), until=reckoning.until(rule), place="decides")


def _specificity(rule: Term) -> tuple[bool, bool, bool]:
    kinds = isinstance(rule, EvidenceRetention) and bool(rule.kinds)
    return kinds, rule.when is not None, bool(rule.case_types)


def _place(each: Running[T] | None, first: Running[T], best: tuple[bool, bool, bool]) -> Place:
    if each is None:
        return "does_not_apply"
    if each is first:
        return "decides"
    return "ends_earlier" if _specificity(each.rule) == best else "less_specific"


def _placed(rule: T, each: Running[T] | None, place: Place) -> Running[T]:
    if each is None:
        return Running(rule=rule, since=None, until=None, place=place)
    return Running(rule=rule, since=each.since, until=each.until, place=place)


def case_rules(
    dossier: Dossier, section: IntakeSection, *, seen: Context, zone: ZoneInfo
) -> tuple[Running[Retention], ...]:
    """The rules that are for the case itself."""
    rules = section.retention_of(dossier.case.case_type)
    waits = any(rule.after == "files" for rule in rules)
    files_end = last_end(file_terms(dossier, section, seen=seen, zone=zone)) if waits else date.min
    reckoning = Reckoning(since=lambda name: _last(dossier, name), zone=zone, files_end=files_end)
    return ranked(rules, seen=seen, reckoning=reckoning)


def file_terms(dossier: Dossier, section: IntakeSection, *, seen: Context, zone: ZoneInfo) -> tuple[FileTerm, ...]:
    """Every file of the case with the rules that are for it, in the order of filing."""
    case_type = dossier.case.case_type
    return tuple(
        FileTerm(
            file=file,
            rules=ranked(
                section.evidence_retention_of(case_type, file.kind),
                seen=seen,
                reckoning=Reckoning(since=_since(dossier, file), zone=zone),
            ),
        )
        for file in dossier.evidence
    )


def last_end(terms: Sequence[FileTerm]) -> date | None:
    """The first day after the last term of the files, those included that were erased at its end.

    The earliest day where no rule is for any of them, None while a term has no end.
    """
    ends = [date.min]
    for each in terms:
        if each.file.erasure is not None:
            ends.append(each.file.erasure.until)
        elif each.deciding is not None:
            if each.deciding.until is None:
                return None
            ends.append(each.deciding.until)
    return max(ends)


def _since(dossier: Dossier, file: Evidence) -> Callable[[str], datetime | None]:
    return lambda name: file.added_at if name == _FILED else _last(dossier, name)


def _last(dossier: Dossier, name: str) -> datetime | None:
    reached = [r.at for r in (*dossier.case.milestones, *dossier.reached_elsewhere) if r.name == name]
    return max(reached, default=None)


def holding(case: Case, section: IntakeSection, *, seen: Context) -> Retention | None:
    """The rule that holds the case and its files back, whatever else is said; one that cannot be computed does."""
    return next((rule for rule in section.retention_of(case.case_type) if _holds_back(rule.hold_when, seen)), None)


def _holds_back(condition: Expr | None, seen: Context) -> bool:
    try:
        return condition is not None and holds(condition, seen)
    except RuleFailed:
        return True


def is_handled(case: Case, section: IntakeSection) -> bool:
    """Whether the case is open, so that nothing of it may go."""
    return section.statuses_by_id[case.status].phase == "open"


def next_erasure(terms: Sequence[FileTerm], case: Case, section: IntakeSection, *, zone: ZoneInfo) -> datetime | None:
    """The local midnight at which the first file's term ends; None while none does, or while the case is handled."""
    if case.is_purged or is_handled(case, section):
        return None
    ends = [each.deciding.until for each in terms if each.file.erasure is None and each.deciding is not None]
    first = min((day for day in ends if day is not None), default=None)
    return None if first is None else datetime.combine(first, time.min, zone).astimezone(UTC)


def over(terms: Sequence[FileTerm], *, today: date) -> tuple[FileTerm, ...]:
    """The files whose term is over, and which are still there."""
    kept = (each for each in terms if each.file.erasure is None and each.deciding is not None)
    return tuple(each for each in kept if each.deciding and each.deciding.until and each.deciding.until <= today)


def erasure_of(term: FileTerm, *, now: datetime) -> Erasure:
    """What stays of a file whose term is over."""
    running = term.deciding
    if running is None or running.since is None or running.until is None:
        raise ValueError(f"the term of {term.file.evidence_id} has no end")
    rule = running.rule
    return Erasure(
        rule=rule.id,
        label=rule.label,
        cite=rule.cite,
        kept_since=running.since,
        until=running.until,
        erased_at=now,
    )


def waiting_for_files(terms: Sequence[FileTerm]) -> tuple[FileTerm, ...]:
    """The files for which a purge of the case waits: those under a rule, still there, the one that ends last first."""
    kept = [each for each in terms if each.file.erasure is None and each.deciding is not None]
    return tuple(sorted(kept, key=_end, reverse=True))


def _end(term: FileTerm) -> date:
    return (term.deciding.until if term.deciding else None) or date.max
