"""The intake section of a pack: how contacts and cases are taken in, worked on, papered and filed.

Intake interprets it and knows no organisation. Everything here is looked up by id; ids are unique.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from shared.packs.intake import link_checks as intake_link_checks
from shared.packs.intake import recurring as intake_recurring
from shared.packs.intake import retention as intake_retention
from shared.packs.intake.fields import (
    Checklist,
    ContactKind,
    EntryField,
    EveryContact,
    EvidenceKind,
    FactField,
    Gate,
    NamedGate,
    RecordKind,
)
from shared.packs.intake.names import declared, findings, referenced, scopes
from shared.packs.intake.recurring import Recurring
from shared.packs.intake.retention import Retention
from shared.packs.intake.workflow import (
    CaseType,
    Classification,
    DocumentTemplate,
    OwnerRow,
    Reaction,
    Status,
    Step,
)
from shared.packs.language.declarations import Names, Scope
from shared.packs.language.section import Section
from shared.packs.language.types import Path, Placed


class Trust(Section):
    """How far back a stated instant is believed; never one in the future."""

    received_days: Annotated[int, Field(ge=0, le=366)] = 30
    """Days that a case may be said to have come in before it is registered."""
    step_hours: Annotated[int, Field(ge=0, le=8784)] = 168
    """Hours that a step may be said to have happened before it is recorded."""


class IntakeSection(Section):
    """What intake carries out for one pack."""

    KEY: ClassVar[str] = "intake"

    case_types: Annotated[tuple[CaseType, ...], Field(min_length=1)]
    """Kinds of cases."""
    statuses: Annotated[tuple[Status, ...], Field(min_length=1)]
    """Where a case may stand."""
    facts: tuple[FactField, ...] = ()
    """What is known about a case: `facts.<id>` everywhere."""
    classification: Classification = Classification()
    """Facts that a table sets when a case is registered."""
    owners: Annotated[tuple[OwnerRow, ...], Field(min_length=1)]
    """Who owns a new case; the last row holds always."""
    gates: tuple[NamedGate, ...] = ()
    """Conditions that several steps share."""
    steps: tuple[Step, ...] = ()
    """What may be done."""
    evidence: tuple[EvidenceKind, ...] = ()
    """Kinds of files."""
    files: tuple[Checklist, ...] = ()
    """Complete files: which kinds of evidence must be there."""
    records: tuple[RecordKind, ...] = ()
    """Kinds of entries that a case may have several of."""
    documents: tuple[DocumentTemplate, ...] = ()
    """Numbered papers."""
    every_contact: EveryContact = EveryContact()
    """What is noted about every contact."""
    contacts: tuple[ContactKind, ...] = ()
    """Kinds of first contacts."""
    recurring: tuple[Recurring, ...] = ()
    """Internal cases that open by the calendar."""
    retention: tuple[Retention, ...] = ()
    """How long personal data of a case is kept."""
    trust: Trust = Trust()
    """How far back stated instants are believed."""

    @cached_property
    def case_types_by_id(self) -> Mapping[str, CaseType]:
        return {item.id: item for item in self.case_types}

    @cached_property
    def statuses_by_id(self) -> Mapping[str, Status]:
        return {item.id: item for item in self.statuses}

    @cached_property
    def facts_by_id(self) -> Mapping[str, FactField]:
        return {item.id: item for item in self.facts}

    @cached_property
    def enterable_facts(self) -> tuple[FactField, ...]:
        """Facts that may be stated at registration."""
        return tuple(field for field in self.facts if field.enterable)

    @cached_property
    def steps_by_id(self) -> Mapping[str, Step]:
        return {item.id: item for item in self.steps}

    @cached_property
    def evidence_by_id(self) -> Mapping[str, EvidenceKind]:
        return {item.id: item for item in self.evidence}

    @cached_property
    def records_by_id(self) -> Mapping[str, RecordKind]:
        return {item.id: item for item in self.records}

    @cached_property
    def documents_by_id(self) -> Mapping[str, DocumentTemplate]:
        return {item.id: item for item in self.documents}

    @cached_property
    def contacts_by_id(self) -> Mapping[str, ContactKind]:
        return {item.id: item for item in self.contacts}

    @cached_property
    def recurring_by_id(self) -> Mapping[str, Recurring]:
        return {item.id: item for item in self.recurring}

    def retention_of(self, case_type: str) -> Retention | None:
        """The rule by which cases of this type are kept."""
        return next((rule for rule in self.retention if case_type in (rule.case_types or (case_type,))), None)

    @cached_property
    def reactions(self) -> Mapping[str, tuple[Step, ...]]:
        """Steps that the system takes, by the event of another service about the case itself that causes them."""
        events = {reaction.event for step in self.steps for reaction in step.on if reaction.relation is None}
        return {
            event: tuple(s for s in self.steps if any(r.event == event and r.relation is None for r in s.on))
            for event in events
        }

    def waits_for(self, event: str) -> bool:
        """True when this event of another service has some step taken, on the case itself or on a linked one."""
        return event in self.reactions or any(event == heard for _, heard in self.linked_reactions)

    @cached_property
    def linked_reactions(self) -> Mapping[tuple[str, str], tuple[tuple[Step, Reaction], ...]]:
        """Steps that the system takes, by relation and event of the linked case that causes them."""
        found: dict[tuple[str, str], tuple[tuple[Step, Reaction], ...]] = {}
        for step in self.steps:
            for reaction in step.on:
                if reaction.relation is not None:
                    key = (reaction.relation, reaction.event)
                    found[key] = (*found.get(key, ()), (step, reaction))
        return found

    @cached_property
    def relations(self) -> frozenset[str]:
        """What the cases that steps open are to those that open them."""
        return frozenset(item.relation for step in self.steps for item in step.opens)

    def open_statuses(self) -> tuple[str, ...]:
        """Statuses in which a case is still handled."""
        return tuple(status.id for status in self.statuses if status.phase == "open")

    def sources(self, step: Step) -> tuple[str, ...]:
        """Statuses in which `step` may be taken."""
        return self.open_statuses() if step.from_ == "open" else tuple(step.from_)

    def gates_of(self, step: Step) -> tuple[Gate, ...]:
        """The gates of `step`, in the order in which they are judged."""
        named = {gate.id: gate for gate in self.gates}
        return tuple(named[gate] if isinstance(gate, str) else gate for gate in step.require)

    def fields_of(self, step: Step) -> tuple[EntryField, ...]:
        """What `step` asks for: its own input and the fields of the record it enters."""
        return (*step.input, *(self.records_by_id[step.record].fields if step.record else ()))

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        faults = [*self._duplicates(), *self._unknown(), *self._wrong_owners()]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _duplicates(self) -> Iterator[str]:
        for key in (
            "case_types",
            "statuses",
            "facts",
            "steps",
            "evidence",
            "files",
            "records",
            "documents",
            "contacts",
            "recurring",
            "retention",
        ):
            ids = [item.id for item in getattr(self, key)]
            yield from (f"{key}: {name} stands twice" for name in sorted({i for i in ids if ids.count(i) > 1}))
        for step in self.steps:
            record = [r for r in self.records if r.id == step.record]
            ids = [field.id for field in (*step.input, *(f for kind in record for f in kind.fields))]
            yield from (
                f"step {step.id}: input {name} stands twice" for name in sorted({i for i in ids if ids.count(i) > 1})
            )

    def _unknown(self) -> Iterator[str]:
        known = set(self.evidence_by_id)
        for checklist in self.files:
            missing = sorted({item.kind for item in checklist.items} - known)
            yield from (f"file {checklist.id}: no kind of evidence {kind}" for kind in missing)
        gates = {gate.id for gate in self.gates}
        for step in self.steps:
            unknown = [gate for gate in step.require if isinstance(gate, str) and gate not in gates]
            yield from (f"step {step.id}: no gate {gate}" for gate in unknown)
            template = self.documents_by_id.get(step.document.template) if step.document else None
            if template is None or step.document is None:
                continue
            if step.document.action in {"sign", "finalise"} and not template.signers:
                yield f"step {step.id}: {template.id} has no signers"
            if step.document.action == "issue" and template.signers:
                yield f"step {step.id}: {template.id} is signed, so it cannot be issued at once"

    def _wrong_owners(self) -> Iterator[str]:
        for row in self.owners[:-1]:
            if row.when is None:
                yield f"owners: the rows after {row.owner} are never reached"
        if self.owners[-1].when is not None:
            yield "owners: the last row must hold always"

    def declares(self) -> Names:
        """Case types, statuses, steps, facts, documents, records and the milestones that steps reach."""
        return declared(self)

    def references(self) -> Names:
        """Roles, statuses, facts, documents, records and events that must exist."""
        return referenced(self)

    def scopes(self) -> Sequence[Scope]:
        """The case everywhere; `input` in steps and contacts, `event` in reactions."""
        return tuple(scopes(self))

    def faults(self) -> Sequence[Placed]:
        """Initial values of another type, relations that nobody opens, cases never opened, case types kept twice."""
        return (
            *self._initial_faults(),
            *intake_link_checks.faults(self),
            *intake_recurring.faults(self),
            *intake_retention.faults(self),
        )

    def _initial_faults(self) -> Iterator[Placed]:
        for i, fact in enumerate(self.facts):
            if fault := fact.initial_fault():
                yield ("facts", i, "initial"), fault

    def findings(self) -> Sequence[tuple[Path, str]]:
        """What is allowed but looks like a mistake: statuses nobody reaches or leaves, steps nobody can take."""
        return (*findings(self), *intake_retention.findings(self))
