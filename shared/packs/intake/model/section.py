"""The intake section of a pack: how contacts and cases are taken in, worked on, papered and filed.

Intake interprets it and knows no organisation. Everything here is looked up by id; ids are unique.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Annotated, ClassVar, NamedTuple

from pydantic import Field

from shared.packs.intake.model.balances import Balance
from shared.packs.intake.model.customer_links import CustomerLinks
from shared.packs.intake.model.fields import (
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
from shared.packs.intake.model.looks import Look, Unique
from shared.packs.intake.model.reads import Reads
from shared.packs.intake.model.recurring import Recurring
from shared.packs.intake.model.retention import EvidenceRetention, Retention
from shared.packs.intake.model.samples import SampleRule
from shared.packs.intake.model.standing import StandingFact
from shared.packs.intake.model.workflow import (
    CaseType,
    Classification,
    DocumentTemplate,
    OwnerRow,
    Reaction,
    Status,
    Step,
    VisibleMilestone,
)
from shared.packs.language.section import Section
from shared.packs.language.types import Ident


class Trust(Section):
    """How far back a stated instant is believed; never one in the future."""

    received_days: Annotated[int, Field(ge=0, le=366)] = 30
    """Days that a case may be said to have come in before it is registered."""
    step_hours: Annotated[int, Field(ge=0, le=8784)] = 168
    """Hours that a step may be said to have happened before it is recorded."""


class LinkedType(NamedTuple):
    """A kind of linked case: the types of the cases that it is opened for, what it is to them, and its type."""

    openers: frozenset[str]
    relation: str
    case_type: str


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
    looks: tuple[Look, ...] = ()
    """Looks at other cases: `looks.<id>` where a case is registered and where a step is taken."""
    unique: tuple[Unique, ...] = ()
    """What no two cases may have in common."""
    standing: tuple[StandingFact, ...] = ()
    """What is on record about customers, products, contracts, units and persons: `standing.<id>`, seen as looks are."""
    balances: Annotated[tuple[Balance, ...], Field(max_length=50)] = ()
    """What may be used up by key and period, and what steps booked: `balances.<id>`, seen as looks are."""
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
    samples: tuple[SampleRule, ...] = ()
    """Cases that are drawn in every period, and what is done with each."""
    retention: tuple[Retention, ...] = ()
    """How long personal data of a case is kept."""
    evidence_retention: tuple[EvidenceRetention, ...] = ()
    """How long files are kept, by kind and by outcome."""
    visible_to_customer: tuple[VisibleMilestone, ...] = ()
    """Milestones that the customer sees, in the order in which they were reached."""
    customer_links: CustomerLinks | None = None
    """Links to a case; without this none is issued, and no text may print one."""
    machine_channels: tuple[Ident, ...] = ()
    """Channels through which machines register cases without naming a person; a case type that takes one of them names
    its `first_responder`.
    """
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

    def facts_of(self, case_type: str) -> tuple[FactField, ...]:
        """The facts that cases of this type have."""
        return tuple(field for field in self.facts if case_type in (field.case_types or (case_type,)))

    @cached_property
    def look_keys(self) -> frozenset[str]:
        """What cases have in common for some look or for uniqueness, as canonical texts."""
        return frozenset(item.key for item in (*self.looks, *self.unique))

    @cached_property
    def reads_of_steps(self) -> Mapping[str, Reads]:
        """By step: what its expressions read of other records, with its gates, its record and its paper."""
        whole, papers, kinds = self._reads, self.documents_by_id, self.records_by_id
        return {
            step.id: whole.by(
                (
                    step,
                    self.gates_of(step),
                    kinds.get(step.record or ""),
                    papers.get(step.document.template) if step.document else None,
                    self.classification if step.classify or step.becomes else None,
                    self._asked_of(step.becomes),
                ),
                booked={item.balance for item in step.books},
            )
            for step in self.steps
        }

    @cached_property
    def reads_of_registrations(self) -> Mapping[str, Reads]:
        """By case type: what is read of other records when a case is registered."""
        tables = (self.classification, self.owners)
        return {each.id: self._reads.by((each, self.facts_of(each.id), *tables)) for each in self.case_types}

    @property
    def _reads(self) -> Reads:
        return Reads(looks=self.looks, standing=self.standing, balances=self.balances)

    def _asked_of(self, case_type: str | None) -> tuple[object, ...]:
        """What decides whether a case may be of this type: its gates and facts."""
        found = self.case_types_by_id.get(case_type or "")
        return () if found is None else (found, self.facts_of(found.id))

    def unique_of(self, case_type: str) -> tuple[Unique, ...]:
        """What cases of this type may not have in common with another one."""
        return tuple(item for item in self.unique if case_type in (item.case_types or (case_type,)))

    @cached_property
    def steps_by_id(self) -> Mapping[str, Step]:
        return {item.id: item for item in self.steps}

    def shows(self, case_type: str) -> bool:
        """Whether customers see their cases of this type."""
        found = self.case_types_by_id.get(case_type)
        return found is not None and found.visible_to_customer

    def links_of(self, case_type: str) -> CustomerLinks | None:
        """The links that lead to cases of this type; None where no link does."""
        return self.customer_links if self.shows(case_type) else None

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

    @cached_property
    def timed_by_id(self) -> Mapping[str, Recurring | SampleRule]:
        """What the calendar brings: recurring cases and samples."""
        return {**self.recurring_by_id, **{rule.id: rule for rule in self.samples}}

    def retention_of(self, case_type: str) -> tuple[Retention, ...]:
        """The rules that may keep cases of this type."""
        return tuple(rule for rule in self.retention if case_type in (rule.case_types or (case_type,)))

    def evidence_retention_of(self, case_type: str, kind: str) -> tuple[EvidenceRetention, ...]:
        """The rules that may keep files of this kind of cases of this type."""
        of_type = (rule for rule in self.evidence_retention if case_type in (rule.case_types or (case_type,)))
        return tuple(rule for rule in of_type if kind in (rule.kinds or (kind,)))

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
        """What the cases that steps and samples open are to those that they are opened for."""
        return frozenset(opening.relation for opening in self.openings)

    @cached_property
    def openings(self) -> tuple[LinkedType, ...]:
        """Every kind of linked case."""
        by_steps = (
            LinkedType(openers=self.types_meant(step.case_types), relation=item.relation, case_type=item.case_type)
            for step in self.steps
            for item in step.opens
        )
        drawn = (
            LinkedType(
                openers=self.types_meant(rule.from_.case_types),
                relation=rule.opens.relation,
                case_type=rule.opens.case_type,
            )
            for rule in self.samples
            if rule.opens is not None
        )
        return (*by_steps, *drawn)

    def types_meant(self, names: Iterable[str]) -> frozenset[str]:
        """The case types of a list: all when it is empty, or when a name in it is none, which is reported as such."""
        known = frozenset(self.case_types_by_id)
        meant = frozenset(names)
        return meant if meant and meant <= known else known

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
        kind = self.records_by_id.get(step.record) if step.record else None
        return (*step.input, *(kind.fields if kind is not None else ()))
