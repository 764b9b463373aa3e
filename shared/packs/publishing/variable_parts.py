"""The pieces of what expressions and texts are given: cases, papers, records, remedies, clocks and what is entered.

It follows what the services put before an expression: `services/intake/dossier`, `services/settlement/remedies` and
`services/notify/cases`. Of what is malformed nothing is known.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Final

from shared.contracts.catalogue import BY_NAME, CATALOGUE
from shared.contracts.settlement import RemedyFacts
from shared.packs.intake.model.fields import EntryField
from shared.packs.intake.model.section import IntakeSection
from shared.packs.language.declarations import Names
from shared.packs.language.shapes import ANYTHING, NEVER_TEXT, PLAIN, Shape, either, group, listing, one_of
from shared.packs.language.units import MINOR
from shared.packs.publishing.draft import Draft
from shared.packs.publishing.registry import declared
from shared.packs.settlement.model.section import SettlementSection
from shared.packs.sla.model.section import SlaSection

Shapes = Mapping[str, Shape]

_REMEDY_STATES: Final = frozenset(
    event.state for event in CATALOGUE if issubclass(event.contract, RemedyFacts) and event.state is not None
)
_CLOCK_STATES: Final = frozenset({"running", "met", "missed", "cancelled"})
PAPER_STATES: Final = frozenset({"draft", "signing", "final"})
_PHASES: Final = frozenset({"open", "closed", "archived"})
_MODES: Final = frozenset({"money", "replacement"})


@dataclass(frozen=True)
class VariableParts:
    """What a pack says of the things that expressions read."""

    draft: Draft

    @cached_property
    def intake(self) -> IntakeSection | None:
        """The intake section, when it could be read."""
        return self.draft.part("intake", IntakeSection)

    @cached_property
    def malformed(self) -> frozenset[str]:
        """Keys of intake at or around which something is malformed."""
        part = self.draft.sections.get("intake")
        return frozenset(str(name) for path in (part.touched if part else ()) for name in path)

    def names(self, kind: str) -> frozenset[str] | None:
        """The declared names of a kind; None where they are not all known."""
        if kind in self.draft.uncertain:
            return None
        return self._declared[kind] | self.draft.words | (frozenset(BY_NAME) if kind == "events" else frozenset())

    @cached_property
    def _declared(self) -> Mapping[str, frozenset[str]]:
        all_names = [declared(part) for part in self.draft.parts.values()]
        return {
            kind.name: frozenset(name for names in all_names for _, name in getattr(names, kind.name))
            for kind in fields(Names)
        }

    @cached_property
    def channels(self) -> frozenset[str] | None:
        """The channels through which cases come; None where they are not known."""
        if self.intake is None or "channels" in self.malformed:
            return None
        return frozenset(channel for case_type in self.intake.case_types for channel in case_type.channels)

    def case(self, names: Iterable[str]) -> Shape:
        """What is known of a case."""
        known = {
            "status": one_of(self.names("statuses")),
            "previous_status": one_of(self.names("statuses")),
            "case_type": one_of(self.names("case_types")),
            "channel": one_of(self.channels),
            "owner": one_of(self.names("roles")),
            "phase": one_of(_PHASES),
            "milestones": self.milestones,
        }
        return group({name: known.get(name, PLAIN) for name in names})

    @cached_property
    def milestones(self) -> Shape:
        """The events that a case has reached."""
        return listing(one_of(self.names("events")))

    @cached_property
    def actor(self) -> Shape:
        """Who acts."""
        return group({"subject": PLAIN, "roles": listing(one_of(self.names("roles")))})

    def group(self, kind: str, parts: Shapes) -> Shape:
        """The things of a kind by name."""
        return ANYTHING if kind in self.draft.uncertain else group(parts)

    def contents(self, parts: Shapes) -> Shape:
        """What a paper or an entry holds."""
        return ANYTHING if {"fields", "shared"} & self.malformed or "inputs" in self.draft.uncertain else group(parts)

    def entries(self, fields: Iterable[EntryField], **more: Shape) -> Shape:
        """What was entered; of several fields of one name, what each of them can be."""
        shapes: dict[str, list[Shape]] = {name: [shape] for name, shape in more.items()}
        for field in fields:
            shapes.setdefault(field.id, []).append(self.field(field))
        return self.contents({name: either(each) for name, each in shapes.items()})

    def field(self, field: EntryField) -> Shape:
        """What an entered value can be."""
        if {"type", "choices"} & self.malformed:
            return ANYTHING
        words = frozenset(field.allowed()) or None
        match field.type:
            case "boolean" | "integer":
                return replace(NEVER_TEXT, unit=field.unit)
            case "list":
                return listing(one_of(words))
            case _:
                return replace(one_of(words), unit=field.unit)

    @cached_property
    def facts(self) -> Shape:
        """The facts of a case."""
        facts = self.intake.facts if self.intake is not None else ()
        return self.group("facts", {fact.id: self.field(fact) for fact in facts})

    @cached_property
    def linked(self) -> Shape:
        """A case at the other end of a link."""
        names = ("case_id", "number", "case_type", "status", "phase", "owner", "milestones")
        return group({**(self.case(names).parts or {}), "facts": self.facts})

    def records(self, intake: IntakeSection, kind: str) -> Shape:
        """The entries of a kind."""
        inputs = [field for step in intake.steps if step.record == kind for field in step.input]
        return listing(self.entries([*intake.records_by_id[kind].fields, *inputs]))

    def papers(self, intake: IntakeSection, *, only_shared: bool) -> Shape:
        """The papers of a case."""
        papers = {
            template.id: group(
                {
                    "state": one_of(PAPER_STATES | ({"superseded"} if only_shared else frozenset())),
                    "number": PLAIN,
                    "fields": self.contents({f.id: PLAIN for f in template.fields if f.shared or not only_shared}),
                    "signed_by": listing(PLAIN),
                    **({"document_id": PLAIN} if only_shared else {}),
                }
            )
            for template in intake.documents
        }
        return self.group("documents", papers)

    @cached_property
    def shared_papers(self) -> Shape:
        """The papers as other services see them."""
        return self.papers(self.intake, only_shared=True) if self.intake is not None else ANYTHING

    @cached_property
    def remedy_now(self) -> Shape:
        """The remedy that a gate of settlement is about."""
        names = ("amount_minor", "consent", "returned", "released", "round", "certificate")
        words = {"state": one_of(_REMEDY_STATES), "currency": PLAIN, "certificate": one_of(self.names("certificates"))}
        return group({**dict.fromkeys(names, PLAIN), **words, "amount_minor": self.amount})

    @cached_property
    def amount(self) -> Shape:
        """The amount of a remedy in minor units, which have a name where all remedies are in one currency."""
        settlement = self.draft.part("settlement", SettlementSection)
        currencies = {remedy.currency for remedy in settlement.remedies} if settlement is not None else set()
        return replace(PLAIN, unit=f"{currencies.pop()}{MINOR}") if len(currencies) == 1 else PLAIN

    def remedy(self, settlement: SettlementSection | None) -> Shape:
        """A remedy as intake sees it."""
        plain = {**dict.fromkeys(("currency", "quantity", "returned"), PLAIN), "amount_minor": self.amount}
        named = one_of(self.names("remedies")) if settlement is not None else PLAIN
        return group(
            {**plain, "remedy": named, "mode": one_of(_MODES), "state": one_of(_REMEDY_STATES), "figures": ANYTHING}
        )

    def clocks(self, sla: SlaSection | None) -> Shape:
        """The clocks of a case."""
        clock = group({"state": one_of(_CLOCK_STATES), "due_at": PLAIN})
        return self.group("clocks", {each.id: clock for each in sla.clocks}) if sla is not None else ANYTHING
