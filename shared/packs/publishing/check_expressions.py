"""Whether every expression of a pack speaks of things that exist, and survives facts that are absent."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

from shared.contracts.catalogue import BY_NAME
from shared.kernel.instants import parse_instant
from shared.packs.intake.model.fields import ORDINARY_DATE, EntryField
from shared.packs.intake.model.section import IntakeSection
from shared.packs.intake.model.standing import StandingFact
from shared.packs.language.declarations import Scope
from shared.packs.language.diagnostics import Diagnostic, Severity
from shared.packs.language.expression import Expression, ExpressionFailed
from shared.packs.language.expression_tokens import ELEMENT, Variable
from shared.packs.language.expressions_in import expressions
from shared.packs.language.shapes import at, unknown_part, words_of
from shared.packs.language.types import Path
from shared.packs.publishing.draft import Draft
from shared.packs.publishing.engine_words import in_words
from shared.packs.publishing.names import missing_lists, near
from shared.packs.publishing.registry import declared, scopes
from shared.packs.publishing.variable_parts import Shapes
from shared.packs.publishing.variables import Roots, Variables

_CONDITIONS: Final = frozenset({"when", "that", "required_when", "still_valid", "unless", "while", "hold_when"})
_MAY_FAIL: Final = frozenset({"taken_from"})
"""What the case does not know is asked for."""
_FACTS_OF: Final = (("parent", "facts"), ("other", "facts"))
"""Facts of another case of the pack."""
_BOUNDS: Final = frozenset({"min", "max"})
_INSTANTS: Final = frozenset({"at", "as_of"})
_ALWAYS_STATED: Final = frozenset({("at",), ("now",), ("case", "received_at")})
_READ_AS: Final[Mapping[str, tuple[str, ...]]] = {
    "documents": ("documents", "document"),
    "records": ("records", "record", "input"),
    "files": ("files",),
    "inputs": ("input",),
    "relations": ("links",),
    "looks": ("looks",),
    "standing": ("standing",),
    "balances": ("balances",),
    "clocks": ("clocks",),
    "remedy_inputs": ("inputs",),
}
"""The variables whose parts are names of a kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the expressions of a pack may speak of."""

    facts: Mapping[str, EntryField]
    shared: frozenset[str]
    required: frozenset[str]
    names: Mapping[str, frozenset[str]]
    left_out: frozenset[str]
    """Words of parts that could not be read; nothing is said about them."""
    is_any_fact: bool
    """True when the id of a fact is malformed."""
    unsure: frozenset[str]
    """Variables of which the names are malformed or missing as a whole, so that one may only look unknown."""
    untried: frozenset[str]
    """Facts of which the type or the choices are malformed."""
    standing: Mapping[str, StandingFact]

    def with_facts(self, names: frozenset[str]) -> "_Known":
        """The same where these facts are required."""
        return replace(self, required=self.required | names) if names else self


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """The variables of one expression."""

    roots: Roots | None
    shapes: Shapes


def check_expressions(draft: Draft) -> Iterator[Diagnostic]:
    """Diagnostics for every expression of every section."""
    known = _known(draft)
    variables = Variables(draft)
    for key, section in draft.parts.items():
        allowed, written = scopes(section), dict(expressions(section))
        for path, expression in written.items():
            seen = _Seen(roots=variables.opened(_roots(allowed, path), key, path), shapes=variables.at(key, path))
            for message in dict.fromkeys(_faults(expression, key=key, known=known, seen=seen)):
                yield Diagnostic(severity="error", code="unknown_variable", section=key, path=path, message=message)
            there = known.with_facts(_bounded_by(written, path))
            for severity, message in _tried(expression, known=there, path=path):
                code = "wrong_type" if severity == "error" else "fragile"
                yield Diagnostic(severity=severity, code=code, section=key, path=path, message=message)


def _bounded_by(written: Mapping[Path, Expression], path: Path) -> frozenset[str]:
    """The facts that an input takes its value from: bounds over them may refuse when they are absent."""
    source = written.get((*path[:-1], "taken_from")) if path and path[-1] in _BOUNDS else None
    return frozenset(variable[1] for variable in source.variables if variable[0] == "facts") if source else frozenset()


def _known(draft: Draft) -> _Known:
    intake = draft.part("intake", IntakeSection)
    facts = {fact.id: fact for fact in intake.facts} if intake else {}
    asked = [frozenset(case_type.requires) for case_type in intake.case_types] if intake else []
    always = {name for name, fact in facts.items() if fact.required or fact.initial is not None}
    return _Known(
        facts=facts,
        shared=frozenset(name for name, fact in facts.items() if fact.shared),
        required=frozenset(always) | (frozenset.intersection(*asked) if asked else frozenset()),
        names={kind: _declared(draft, kind) for kind in ("documents", "records") if kind not in draft.uncertain},
        left_out=draft.words,
        is_any_fact="facts" in draft.uncertain or (intake is not None and not intake.facts and _several_facts(draft)),
        unsure=_unsure(draft),
        untried=_untried(draft, intake),
        standing={fact.id: fact for fact in intake.standing} if intake else {},
    )


def _unsure(draft: Draft) -> frozenset[str]:
    kinds = {*draft.uncertain, *missing_lists(draft)}
    return frozenset(root for kind in kinds for root in _READ_AS.get(kind, ()))


def _several_facts(draft: Draft) -> bool:
    """Whether so many facts are read that their missing list is the fault (reported with the names)."""
    read = {
        variable[1]
        for part in draft.parts.values()
        for _, expression in expressions(part)
        for variable in expression.variables
        if variable[0] == "facts" and len(variable) > 1
    }
    return len(read) >= 3  # noqa: PLR2004 (as many as `check` takes for a missing list)


def _untried(draft: Draft, intake: IntakeSection | None) -> frozenset[str]:
    part = draft.sections.get("intake")
    if intake is None or part is None:
        return frozenset()
    types = [(fact.id, part.written_at(("facts", i))) for i, fact in enumerate(intake.facts)]
    return frozenset(name for name, path in types if any((*path, key) in part.touched for key in ("type", "choices")))


def _declared(draft: Draft, kind: str) -> frozenset[str]:
    own = {name for part in draft.parts.values() for _, name in getattr(declared(part), kind)}
    return frozenset(own | (frozenset(BY_NAME) if kind == "events" else frozenset()))


def _roots(scopes: Sequence[Scope], path: Path) -> Roots | None:
    """The variables allowed at `path` by the longest scope around it; None when no scope says anything."""
    around = [scope for scope in scopes if path[: len(scope.path)] == scope.path]
    return max(around, key=lambda scope: len(scope.path)).roots if around else None


def _faults(expression: Expression, *, key: str, known: _Known, seen: _Seen) -> Iterator[str]:
    for variable in (*expression.variables, *expression.elements):
        message = _variable_fault(variable, key=key, known=known, seen=seen)
        if message is not None:
            yield message
    for variable, word in expression.compared:
        allowed = words_of(at(seen.shapes, variable))
        if allowed is not None and word not in allowed | known.left_out:
            yield f"{'.'.join(variable)} is never {word!r}{_unquoted(word) if not allowed else ''}"


def _unquoted(word: str) -> str:
    return f"; write {word} without quotes" if word in {"true", "false"} or word.isdecimal() else ""


def _variable_fault(variable: Variable, *, key: str, known: _Known, seen: _Seen) -> str | None:
    if key == "intake" and variable[:2] in _FACTS_OF and len(variable) > len(_FACTS_OF[0]):
        variable = variable[1:]
    root, second = variable[0], variable[1] if len(variable) > 1 else None
    if root == ELEMENT or (second is not None and (second in known.left_out or root in known.unsure)):
        return None
    if root == "facts" and second is not None:
        return _fact_fault(second, key=key, known=known)
    if root != "facts" and seen.roots is not None and root not in seen.roots:
        return f"nothing called {root} is known here"
    return _part_fault(variable, known=known, seen=seen)


def _part_fault(variable: Variable, *, known: _Known, seen: _Seen) -> str | None:
    """A part behind the first that does not exist."""
    root, second = variable[0], variable[1] if len(variable) > 1 else None
    allowed = (seen.roots or {}).get(root)
    if second not in (None, ELEMENT) and allowed is not None and second not in allowed:
        return near(f"no {'.'.join(variable)}", str(second), known=allowed)
    declared_ones = known.names.get(root)
    if second is not None and declared_ones is not None and second not in declared_ones:
        return near(f"no {root[:-1]} {second}", second, known=declared_ones)
    is_known = root in seen.shapes and known.left_out.isdisjoint(variable)
    return unknown_part(seen.shapes, variable) if is_known else None


def _fact_fault(name: str, *, key: str, known: _Known) -> str | None:
    if name not in known.facts:
        return None if known.is_any_fact else near(f"no fact {name}", name, known=known.facts)
    return None if key == "intake" or name in known.shared else f"facts.{name} is not shared with other services"


def _tried(expression: Expression, *, known: _Known, path: Path) -> Iterator[tuple[Severity, str]]:
    """Found by trying an expression over facts alone: with samples it must work, with one of them absent it should.

    Standing facts are tried as well.
    """
    used = set(expression.variables)
    if path[-1] in _MAY_FAIL or not all(_is_tried(variable, known) for variable in used):
        return
    present = {variable: _ordinary(variable, known) for variable in used}
    wanted = _wanted(path)
    if (failure := _failure(expression, present, wanted)) is not None:
        types = {".".join(variable[:2]): _field(variable, known).type for variable in sorted(used)}
        yield "error", f"fails with ordinary values: {in_words(expression, failure, types)}"
        return
    for variable in sorted(used):
        if not _is_always_there(variable, known) and _failure(expression, {**present, variable: None}, wanted):
            name = ".".join(variable[:2])
            yield "warning", f"fails when {name} is absent; write ({name} ?? …)"


def _is_tried(variable: Variable, known: _Known) -> bool:
    match variable:
        case ("facts", name, *_):
            return name in known.facts and name not in known.untried
        case ("standing", name, *_):
            return name in known.standing and "standing" not in known.unsure
        case _:
            return False


def _field(variable: Variable, known: _Known) -> EntryField:
    return known.facts[variable[1]] if variable[0] == "facts" else known.standing[variable[1]].field


def _ordinary(variable: Variable, known: _Known) -> object:
    return _field(variable, known).ordinary()


def _is_always_there(variable: Variable, known: _Known) -> bool:
    if variable[0] == "facts":
        return variable[1] in known.required
    fact = known.standing[variable[1]]
    return fact.otherwise is not None and (fact.as_of is None or _is_always_stated(fact.as_of, known))


def _is_always_stated(as_of: Expression, known: _Known) -> bool:
    """Whether every case has what the instant of a standing fact is computed from."""
    return all(
        variable in _ALWAYS_STATED or (variable[0] == "facts" and len(variable) > 1 and variable[1] in known.required)
        for variable in as_of.variables
    )


def _wanted(path: Path) -> Literal["truth", "instant", "anything"]:
    if str(path[-1]) in _CONDITIONS:
        return "truth"
    return "instant" if path[-1] in _INSTANTS else "anything"


def _failure(expression: Expression, values: Mapping[Variable, object], wanted: str) -> str | None:
    context: dict[str, dict[str, object]] = {"facts": {}, "standing": {}}
    for (root, name, *_), value in values.items():
        context[root][name] = value
    try:
        if wanted == "truth":
            expression.holds(context)
            return None
        value = expression.value(context)
    except ExpressionFailed as error:
        return error.detail
    if wanted == "instant" and value is not None and not _is_instant(value):
        return f"{expression.source!r} is neither a date nor an instant"
    return None


def _is_instant(value: object) -> bool:
    """Whether a value is a date, or an instant with its offset, as facts hold them."""
    try:
        return isinstance(value, str) and bool(
            date.fromisoformat(value) if len(value) == len(ORDINARY_DATE) else parse_instant(value)
        )
    except ValueError:
        return False
