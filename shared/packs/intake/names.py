"""What the intake section declares, what it refers to, and which variables its expressions may use."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Protocol

from shared.packs.intake.model.balances import BALANCES
from shared.packs.intake.model.consulted import booked, consulted, key_scopes
from shared.packs.intake.model.entered import entered, ids_of, of_paper
from shared.packs.intake.model.links import EACH, LINKED
from shared.packs.intake.model.looks import LOOKED_AT, LOOKS, OF_FACT, OTHER, Look, Unique
from shared.packs.intake.model.section import IntakeSection
from shared.packs.intake.model.standing import STANDING
from shared.packs.intake.model.workflow import OwnerFrom, Step
from shared.packs.intake.timed_names import timed_names
from shared.packs.language.declarations import Names, Scope
from shared.packs.language.types import Path, Placed

_PERIOD: Final = frozenset({"start", "end", "label"})
_SAMPLE: Final = frozenset({"population", "size"})

ANYTHING: Final[Mapping[str, frozenset[str] | None]] = {
    "case": frozenset(
        {"status", "number", "case_type", "channel", "received_at", "owner", "first_responder", "order_ref"}
    ),
    "milestones": frozenset(),
    "documents": None,
    "records": None,
    "visits": frozenset(),
    "evidence": frozenset({"count", "kinds"}),
    "files": None,
    "remedies": frozenset(),
    "clocks": None,
    "links": None,
    "parent": LINKED,
    "actor": frozenset({"subject", "roles"}),
    "now": frozenset(),
    "at": frozenset(),
}
"""Variables that every expression over a case may use, beside `facts`."""


def declared(section: IntakeSection) -> Names:
    """Case types, statuses, steps, facts, documents, records and the milestones that steps reach."""
    return Names(
        events=tuple(milestones(section)),
        case_types=_ids("case_types", section.case_types),
        statuses=_ids("statuses", section.statuses),
        steps=_ids("steps", section.steps),
        facts=_ids("facts", section.facts),
        documents=_ids("documents", section.documents),
        records=_ids("records", section.records),
        gates=_ids("gates", section.gates),
        evidence=_ids("evidence", section.evidence),
        balances=_ids("balances", section.balances),
    )


def referenced(section: IntakeSection) -> Names:
    """Roles, statuses, facts, documents, records and events that must exist."""
    timed = tuple(timed_names(section))
    return Names(
        events=(*_awaited(section), *_of_kind("events", timed)),
        roles=(*_roles(section), *_of_kind("roles", timed)),
        case_types=(*_case_types(section), *_of_kind("case_types", timed)),
        statuses=(*_statuses(section), *_of_kind("statuses", timed)),
        facts=(*_facts(section), *_of_kind("facts", timed)),
        steps=(*_steps(section), *_of_kind("steps", timed)),
        documents=tuple(_of_steps(section, "document")),
        records=tuple(_of_steps(section, "record")),
        gates=tuple(_gates(section)),
        evidence=(*_evidence(section), *_of_kind("evidence", timed)),
        balances=tuple(booked(section)),
        remedies=tuple(_withdrawn(section)),
    )


def _of_kind(kind: str, names: Sequence[tuple[str, Placed]]) -> Iterator[Placed]:
    return (name for of, name in names if of == kind)


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


def _ids(key: str, items: Sequence[_Identified]) -> tuple[Placed, ...]:
    return tuple(((key, index, "id"), item.id) for index, item in enumerate(items))


def milestones(section: IntakeSection) -> Iterator[Placed]:
    for i, step in enumerate(section.steps):
        for j, name in enumerate(step.reached()):
            yield ("steps", i, "milestones", j), name


def _awaited(section: IntakeSection) -> Iterator[Placed]:
    for i, milestone in enumerate(section.visible_to_customer):
        yield ("visible_to_customer", i, "event"), milestone.event
    for i, step in enumerate(section.steps):
        for j, reaction in enumerate(step.on):
            yield ("steps", i, "on", j, "event"), reaction.event


def _roles(section: IntakeSection) -> Iterator[Placed]:
    for i, case_type in enumerate(section.case_types):
        yield from ((("case_types", i, "roles", j), role) for j, role in enumerate(case_type.roles))
        if case_type.first_responder is not None:
            yield ("case_types", i, "first_responder", "role"), case_type.first_responder.role
    for i, row in enumerate(section.owners):
        yield ("owners", i, "owner"), row.owner
    for i, template in enumerate(section.documents):
        yield from ((("documents", i, "recipients", j), role) for j, role in enumerate(template.recipients))
        for j, signer in enumerate(template.signers):
            yield from ((("documents", i, "signers", j, "roles", k), role) for k, role in enumerate(signer.roles))
    for i, step in enumerate(section.steps):
        yield from ((("steps", i, "roles", j), role) for j, role in enumerate(step.roles))
        yield from (
            (("steps", i, "opens", j, "owner"), item.owner)
            for j, item in enumerate(step.opens)
            if isinstance(item.owner, str)
        )
        if isinstance(step.owner, str):
            yield ("steps", i, "owner"), step.owner
        elif isinstance(step.owner, OwnerFrom):
            sources = (field for field in step.input if field.id == step.owner.input)
            yield from ((("steps", i, "owner"), role) for source in sources for role in source.allowed())
        elif step.owner is not None:
            yield from ((("steps", i, "owner", j, "owner"), row.owner) for j, row in enumerate(step.owner))


def _case_types(section: IntakeSection) -> Iterator[Placed]:
    for i, fact in enumerate(section.facts):
        yield from ((("facts", i, "case_types", j), name) for j, name in enumerate(fact.case_types))
    for i, step in enumerate(section.steps):
        yield from ((("steps", i, "case_types", j), name) for j, name in enumerate(step.case_types))
        yield from ((("steps", i, "opens", j, "case_type"), item.case_type) for j, item in enumerate(step.opens))
        if step.becomes is not None:
            yield ("steps", i, "becomes"), step.becomes
    for i, contact in enumerate(section.contacts):
        if contact.opens:
            yield ("contacts", i, "opens"), contact.opens
    for path, item in _same_cases(section):
        yield from (((*path, "case_types", j), name) for j, name in enumerate(item.case_types))


def _statuses(section: IntakeSection) -> Iterator[Placed]:
    for i, case_type in enumerate(section.case_types):
        yield ("case_types", i, "initial"), case_type.initial
    for i, step in enumerate(section.steps):
        if step.from_ != "open":
            yield from ((("steps", i, "from", j), name) for j, name in enumerate(step.from_))
        if isinstance(step.goto, str):
            yield ("steps", i, "goto"), step.goto
        elif step.goto is not None:
            yield from ((("steps", i, "goto", j, "status"), branch.status) for j, branch in enumerate(step.goto))


def _facts(section: IntakeSection) -> Iterator[Placed]:
    for i, case_type in enumerate(section.case_types):
        yield from ((("case_types", i, "requires", j), name) for j, name in enumerate(case_type.requires))
    for i, row in enumerate(section.classification.rows):
        yield from ((("classification", "rows", i, "set", name), name) for name in row.set)
    for i, step in enumerate(section.steps):
        yield from ((("steps", i, "set", name), name) for name in step.set)
        for j, item in enumerate(step.opens):
            yield from ((("steps", i, "opens", j, "facts", name), name) for name in item.facts)
    for path, look in _same_cases(section):
        parts = (part.removeprefix(OF_FACT) if part.startswith(OF_FACT) else None for part in look.same)
        yield from (((*path, "same", j), name) for j, name in enumerate(parts) if name is not None)


def _steps(section: IntakeSection) -> Iterator[Placed]:
    for i, step in enumerate(section.steps):
        yield from ((("steps", i, "not_by_who", j), name) for j, name in enumerate(step.not_by_who))


def _withdrawn(section: IntakeSection) -> Iterator[Placed]:
    for i, step in enumerate(section.steps):
        for j, item in enumerate(step.withdraws):
            if item.remedies != "all":
                path: Path = ("steps", i, "withdraws", j, "remedies")
                yield from (((*path, k), name) for k, name in enumerate(item.remedies))


def _gates(section: IntakeSection) -> Iterator[Placed]:
    for i, step in enumerate(section.steps):
        yield from ((("steps", i, "require", j), gate) for j, gate in enumerate(step.require) if isinstance(gate, str))


def _evidence(section: IntakeSection) -> Iterator[Placed]:
    for i, checklist in enumerate(section.files):
        yield from ((("files", i, "items", j, "kind"), item.kind) for j, item in enumerate(checklist.items))


def _of_steps(section: IntakeSection, key: str) -> Iterator[Placed]:
    for i, step in enumerate(section.steps):
        if key == "record" and step.record:
            yield ("steps", i, "record"), step.record
        if key == "document" and step.document:
            yield ("steps", i, "document", "template"), step.document.template


def scopes(section: IntakeSection) -> Iterator[Scope]:
    """The case everywhere; `input` in steps and documents, `event` in reactions, the caller in contacts."""
    known = {
        **ANYTHING,
        "documents": frozenset(section.documents_by_id),
        "records": frozenset(section.records_by_id),
        "files": frozenset(checklist.id for checklist in section.files),
        "links": section.relations,
    }
    yield Scope(path=(), roots=known)
    looking = {**known, **consulted(section)}
    yield from _look_scopes(section, looking)
    yield from key_scopes(section, known)
    every = {field.id for field in section.every_contact.fields}
    yield Scope(path=("every_contact",), roots=_noted(every))
    for i, contact in enumerate(section.contacts):
        yield Scope(path=("contacts", i), roots=_noted(every | {field.id for field in contact.fields}))
    for i in range(len(section.gates)):
        yield Scope(path=("gates", i), roots={**looking, "input": ids_of(entered(section, ("gates", i)))})
    for i, step in enumerate(section.steps):
        inputs = ids_of(entered(section, ("steps", i)))
        yield Scope(path=("steps", i), roots={**looking, "input": inputs})
        yield Scope(path=("steps", i, "on"), roots={**known, "event": None})
        yield from _link_scopes(step, i, known={**looking, "input": inputs})
    for i, kind in enumerate(section.records):
        yield Scope(path=("records", i), roots={**looking, "input": frozenset(field.id for field in kind.fields)})
    for i, template in enumerate(section.documents):
        yield Scope(path=("documents", i), roots={**looking, "input": of_paper(section, template.id)})
    yield from _recurring_scopes(section, known)


def _same_cases(section: IntakeSection) -> Iterator[tuple[Path, Look | Unique]]:
    yield from ((("looks", i), item) for i, item in enumerate(section.looks))
    yield from ((("unique", i), item) for i, item in enumerate(section.unique))


def _look_scopes(section: IntakeSection, looking: Mapping[str, frozenset[str] | None]) -> Iterator[Scope]:
    """The answers where a case is registered; the other case alone where it is looked at."""
    if consulted(section):
        yield from (Scope(path=(key,), roots=looking) for key in ("case_types", "facts", "classification", "owners"))
    yield from (Scope(path=path, roots={OTHER: LOOKED_AT}) for path, _ in _same_cases(section))


def _noted(inputs: set[str]) -> Mapping[str, frozenset[str] | None]:
    return {
        "input": frozenset(inputs),
        "contact": frozenset({"channel", "kind"}),
        "caller": None,
        "actor": ANYTHING["actor"],
    }


def _recurring_scopes(section: IntakeSection, case_roots: Mapping[str, frozenset[str] | None]) -> Iterator[Scope]:
    """The period and the sample; the drawn case where a sample chooses."""
    chosen = {name: case_roots[name] for name in ("case", "milestones")}
    for i, item in enumerate(section.recurring):
        drawn = {"sample": _SAMPLE} if item.sample else {}
        yield Scope(path=("recurring", i), roots={"period": _PERIOD, **drawn})
        yield Scope(path=("recurring", i, "sample"), roots=chosen)
    for i in range(len(section.samples)):
        yield Scope(path=("samples", i), roots=chosen)
        yield Scope(path=("samples", i, "opens"), roots={**chosen, "period": _PERIOD, "sample": _SAMPLE})


def _link_scopes(step: Step, index: int, *, known: Mapping[str, frozenset[str] | None]) -> Iterator[Scope]:
    """`each` where cases are opened for each item of a list; the linked case as `event` in reactions to it."""
    for j, item in enumerate(step.opens):
        if item.for_each is not None:
            path: Path = ("steps", index, "opens", j)
            yield Scope(path=path, roots={**known, EACH: None})
            yield Scope(path=(*path, "for_each"), roots=known)
    seen = {
        **{name: names for name, names in known.items() if name not in ("input", LOOKS, STANDING, BALANCES)},
        "event": LINKED | {"milestone"},
    }
    for j, reaction in enumerate(step.on):
        if reaction.relation is not None:
            yield Scope(path=("steps", index, "on", j), roots=seen)
