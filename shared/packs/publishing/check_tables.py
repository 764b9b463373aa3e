"""Tables and clocks that look wrong: rows never reached, cases that no row takes, legs that do not fit a promise.

A table's conditions are tried with every combination of what the pack lets facts be: the choices, true and
false, the words that text is compared with and one other, absent. Tables with numbers are left to people.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Final

from shared.packs.documents import Sections
from shared.packs.intake.model.fields import FactField
from shared.packs.language.conditions import holds_or_is_false
from shared.packs.language.diagnostics import Diagnostic
from shared.packs.language.durations import Duration
from shared.packs.language.expression import Expression
from shared.packs.language.expression_tokens import Variable
from shared.packs.language.types import Path
from shared.packs.sla.model.clocks import Clock

_MOST_COMBINATIONS: Final = 4096
_OTHER: Final = "something else"
_MINUTES: Final = {"minute": 1, "hour": 60, "day": 1440, "week": 10_080}

Domain = Mapping[Variable, tuple[object, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    path: Path
    name: str
    when: Expression
    passed_over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """Rows of which the first that holds decides; `holds_when` says for which cases the table is asked.

    A row that may be passed over although its condition holds (a goal whose instant was not stated) lets the
    next one try.
    """

    section: str
    path: Path
    rows: Sequence["_Row"]
    holds_when: Expression
    what: str


def check_tables(sections: Sections) -> Iterator[Diagnostic]:
    """Warnings about goals, owners, classification and legs."""
    for table in _tables(sections):
        domain = _domain(sections, [table.holds_when, *(row.when for row in table.rows)])
        if domain is not None:
            yield from _unreached(table, domain)
    yield from _tight_legs(sections.sla.clocks)


def _tables(sections: Sections) -> Iterator[_Table]:
    always = Expression("true")
    for i, clock in enumerate(sections.sla.clocks):
        rows = [
            _Row(
                path=("clocks", i, "goals", j, "when"),
                name=f"goal {goal.id}",
                when=goal.when,
                passed_over=goal.at is not None,
            )
            for j, goal in enumerate(clock.goals)
        ]
        yield _Table(section="sla", path=("clocks", i, "goals"), rows=rows, holds_when=clock.when, what="goal")
    owners = [
        _Row(path=("owners", j), name=f"owner {row.owner}", when=row.when or always)
        for j, row in enumerate(sections.intake.owners)
    ]
    yield _Table(section="intake", path=("owners",), rows=owners, holds_when=always, what="owner")


def _domain(sections: Sections, expressions: Sequence[Expression]) -> Domain | None:
    """What each variable can be; None when one of them is not a matter of a few values."""
    facts = sections.intake.facts_by_id
    words = [pair for expression in expressions for pair in expression.compared]
    domain: dict[Variable, tuple[object, ...]] = {}
    for variable in dict.fromkeys(variable for expression in expressions for variable in expression.variables):
        compared = tuple(dict.fromkeys(word for of, word in words if of == variable))
        match variable:
            case ("facts", name) if name in facts and (values := _values(facts[name], compared)):
                domain[variable] = values
            case ("case", "case_type"):
                domain[variable] = tuple(case_type.id for case_type in sections.intake.case_types)
            case ("case", "channel"):
                domain[variable] = tuple({channel for kind in sections.intake.case_types for channel in kind.channels})
            case _:
                return None
    return domain if prod(map(len, domain.values())) <= _MOST_COMBINATIONS else None


def _values(fact: FactField, compared: tuple[str, ...]) -> tuple[object, ...]:
    absent: tuple[object, ...] = () if fact.required or fact.initial is not None else (None,)
    match fact.type:
        case "boolean":
            return (True, False, *absent)
        case "choice":
            return (*fact.allowed(), *absent)
        case "text" if compared:
            return (*compared, _OTHER, *absent)
        case _:
            return ()


def _unreached(table: _Table, domain: Domain) -> Iterator[Diagnostic]:
    reached: set[int] = set()
    gap: str | None = None
    is_asked, rows = _Answers(table.holds_when, domain), [_Answers(row.when, domain) for row in table.rows]
    for values in product(*domain.values()):
        if not is_asked(values):
            continue
        tried = list(_tried(table, rows, values))
        reached.update(tried)
        if not tried and gap is None:
            case = zip(domain, values, strict=True)
            gap = ", ".join(f"{'.'.join(variable)} = {_shown(value)}" for variable, value in case)
    for i, row in enumerate(table.rows):
        if i not in reached:
            yield _warning(table, row.path, f"{row.name} is never reached", code="unreachable")
    if gap is not None:
        yield _warning(table, table.path, f"no {table.what} when {gap}", code="gap")


class _Answers:
    """A condition asked once for each combination of what it reads itself, whatever else the table reads."""

    def __init__(self, condition: Expression, domain: Domain) -> None:
        self._condition = condition
        self._reads = [(i, variable) for i, variable in enumerate(domain) if variable in condition.variables]
        self._known: dict[tuple[object, ...], bool] = {}

    def __call__(self, values: Sequence[object]) -> bool:
        """Whether it holds for the case; `values` in the order of the domain."""
        read = tuple(values[i] for i, _ in self._reads)
        if read not in self._known:
            case = {variable: values[i] for i, variable in self._reads}
            self._known[read] = holds_or_is_false(self._condition, _context(case))
        return self._known[read]


def _tried(table: _Table, rows: Sequence[_Answers], values: Sequence[object]) -> Iterator[int]:
    """The rows that hold, up to the first that surely decides."""
    for i, holds in enumerate(rows):
        if holds(values):
            yield i
            if not table.rows[i].passed_over:
                return


def _warning(table: _Table, path: Path, message: str, *, code: str) -> Diagnostic:
    return Diagnostic(severity="warning", code=code, section=table.section, path=path, message=message)


def _context(case: Mapping[Variable, object]) -> dict[str, object]:
    context: dict[str, dict[str, object]] = {}
    for (root, name), value in ((variable[:2], value) for variable, value in case.items()):
        context.setdefault(root, {})[name] = value
    return dict(context)


def _shown(value: object) -> str:
    return "absent" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _tight_legs(clocks: Sequence[Clock]) -> Iterator[Diagnostic]:
    """Clocks that run one after another, together longer than a clock over the whole way.

    A reminder is no limit of what is awaited: several on one way are the levels of an escalation.
    """
    for i, whole in enumerate(clocks):
        limit = _longest(whole)
        if limit is None or whole.severity == "warning":
            continue
        for legs in _chains(whole, clocks, whole.start):
            lengths = [_longest(leg) for leg in legs]
            if any(length is None or length[0] != limit[0] for length in lengths):
                continue
            total = sum(length[1] for length in lengths if length is not None)
            if total > limit[1]:
                message = _too_long(legs, whole)
                yield Diagnostic(severity="warning", code="tight", section="sla", path=("clocks", i), message=message)


def _too_long(legs: Sequence[Clock], whole: Clock) -> str:
    if len(legs) == 1:
        return f"{legs[0].id}, of the same start and stop, allows more than {whole.id}: two stages, or a mistake?"
    return f"{' + '.join(leg.id for leg in legs)} may take longer than {whole.id} allows"


def _chains(whole: Clock, clocks: Sequence[Clock], event: str, seen: tuple[Clock, ...] = ()) -> Iterator[list[Clock]]:
    for clock in clocks:
        if clock is whole or clock in seen or clock.start != event:
            continue
        if set(clock.stop) & set(whole.stop):
            yield [*seen, clock]
        else:
            for stop in clock.stop:
                yield from _chains(whole, clocks, stop, (*seen, clock))


def _longest(clock: Clock) -> tuple[str, int] | None:
    """The longest goal as (measure, amount); None when its goals are measured differently, or the case states one."""
    durations = [(goal.duration, goal.calendar) for goal in clock.goals]
    measured = [_measured(duration, calendar) for duration, calendar in durations if duration is not None]
    if len(measured) < len(durations):
        return None
    measures = {measure for measure, _ in measured}
    return (measures.pop(), max(amount for _, amount in measured)) if len(measures) == 1 else None


def _measured(duration: Duration, calendar: str) -> tuple[str, int]:
    if duration.unit in _MINUTES:
        return "minute", duration.amount * _MINUTES[duration.unit]
    return f"{duration.unit} of {calendar}", duration.amount
