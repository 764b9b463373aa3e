"""What the variables of a pack's expressions and texts are made of, place by place."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final

from shared.contracts.catalogue import BY_NAME, Place
from shared.contracts.intake import CaseAdvancedV1
from shared.packs.intake.model.balances import BALANCES, PERIOD, SEEN_OF_BALANCE, SEEN_OF_PERIOD, Balance
from shared.packs.intake.model.entered import entered
from shared.packs.intake.model.fields import EntryField
from shared.packs.intake.model.links import PARENT
from shared.packs.intake.model.looks import LOOKS, OTHER, Look
from shared.packs.intake.model.section import IntakeSection
from shared.packs.intake.model.standing import STANDING
from shared.packs.intake.model.workflow import Step
from shared.packs.language.shapes import (
    ANYTHING,
    NEVER_TEXT,
    PLAIN,
    Shape,
    contract_shape,
    either,
    group,
    listing,
    one_of,
)
from shared.packs.language.types import Path
from shared.packs.language.units import MINOR
from shared.packs.notify.model.section import NotifySection
from shared.packs.notify.names import roots_of
from shared.packs.publishing.variable_parts import PAPER_STATES, Shapes, VariableParts
from shared.packs.settlement.model.section import SettlementSection
from shared.packs.sla.model.section import SlaSection

Roots = Mapping[str, frozenset[str] | None]

_OF_EVENTS: Final = ("event", "document", "record")
_VISIT_STATES: Final = frozenset({"dispatched", "arrived", "completed"})


class Variables(VariableParts):
    """The variables of one pack."""

    def at(self, key: str, path: Path) -> Shapes:
        """The variables of the expression at `path` of a section."""
        match key:
            case "intake":
                return {**self._of_cases, **self._of_place(path)}
            case "sla":
                return {"case": self.case(("case_type", "channel")), "facts": self.facts}
            case "settlement":
                return {
                    "documents": self.shared_papers,
                    "remedy": self.remedy_now,
                    "actor": self.actor,
                    "milestones": self.milestones,
                    "facts": self.facts,
                    LOOKS: self._remedy_looks,
                    "now": PLAIN,
                    "at": PLAIN,
                }
            case "notify" if path[:1] == ("rules",) and self._notify is not None:
                return self.on(self._notify.rules[int(path[1])].on)
            case _:
                return {}

    def on(self, events: Sequence[str]) -> Shapes:
        """The variables of conditions and texts of a rule that speaks on these events."""
        names = ("case_id", "number", "case_type", "channel", "status", "previous_status", "owner", "first_responder")
        case = self.case((*names, "customer_ref", "received_at", "milestones"))
        steps = self._steps_reaching(events)
        papers = {step.document.template for step in steps if step.document is not None}
        kinds = {step.record for step in steps if step.record is not None}
        intake = self.intake
        fields = [f for t in intake.documents if t.id in papers for f in t.fields if f.shared] if intake else []
        entered = [f for kind in intake.records if kind.id in kinds for f in kind.fields if f.shared] if intake else []
        document = {
            "template": one_of(frozenset(papers) or None),
            "number": PLAIN,
            "state": one_of(PAPER_STATES | {"superseded"}),
            "fields": self.contents({field.id: PLAIN for field in fields}),
            "signed_by": listing(PLAIN),
            "recipients": listing(PLAIN),
        }
        record = {"kind": one_of(frozenset(kinds) or None), "fields": self.entries(entered)}
        spoken = [name for name in events if self.is_spoken_on(name)]
        if not spoken:
            return {"case": case, "facts": self.facts}
        of_steps = {"document": group(document), "record": group(record)} if len(spoken) == len(events) else {}
        return {"case": case, "facts": self.facts, "event": self.event(spoken), **of_steps}

    def opened(self, roots: Roots | None, key: str, path: Path) -> Roots | None:
        """The variables of a rule: of events that do not exist, or that it cannot speak on, nothing is known."""
        if key != "notify" or path[:1] != ("rules",) or roots is None or self._notify is None:
            return roots
        events = self._notify.rules[int(path[1])].on
        spoken = [name for name in events if self.is_spoken_on(name)]
        if len(spoken) == len(events):
            return roots
        return {**roots, **dict.fromkeys(_OF_EVENTS), "event": roots_of(spoken)["event"] if spoken else None}

    def is_spoken_on(self, name: str) -> bool:
        """Whether the event exists and a rule may speak on it; else that is the fault, and nothing is said of parts."""
        return self.is_event(name) and (name not in BY_NAME or Place.RULE in BY_NAME[name].places)

    def is_event(self, name: str) -> bool:
        """Whether a service publishes the event or a step reaches it."""
        known = self.names("events")
        return known is None or name in known

    def event(self, events: Sequence[str]) -> Shape:
        """What an event says, as far as all of `events` say it."""
        shapes = [self._said(name) for name in events]
        if any(shape.parts is None for shape in shapes):
            return ANYTHING
        common = set.intersection(*(set(shape.parts or ()) for shape in shapes)) if shapes else set()
        named = {"name": one_of(frozenset(events)), "occurred_at": PLAIN}
        return group({part: either([(shape.parts or {})[part] for shape in shapes]) for part in common} | named)

    @cached_property
    def _notify(self) -> NotifySection | None:
        return self.draft.part("notify", NotifySection)

    @cached_property
    def _of_cases(self) -> Shapes:
        intake = self.intake
        if intake is None:
            return {}
        sla, settlement = self.draft.part("sla", SlaSection), self.draft.part("settlement", SettlementSection)
        of_visits = [field for step in intake.steps if step.visit is not None for field in intake.fields_of(step)]
        linked = self.linked
        kinds = self.names("evidence")
        return {
            "case": self.case(
                ("status", "number", "case_type", "channel", "received_at", "owner", "first_responder", "order_ref")
            ),
            "facts": self.facts,
            "milestones": self.milestones,
            "documents": self.papers(intake, only_shared=False),
            "records": self.group("records", {kind.id: self.records(intake, kind.id) for kind in intake.records}),
            "visits": listing(self.entries(of_visits, state=one_of(_VISIT_STATES))),
            "evidence": group({"count": NEVER_TEXT, "kinds": listing(one_of(kinds))}),
            "files": self.group("files", {each.id: _file(kinds) for each in intake.files}),
            "remedies": listing(self.remedy(settlement)),
            "clocks": self.clocks(sla),
            "links": self.group("relations", {name: listing(linked) for name in intake.relations}),
            PARENT: linked,
            STANDING: self.group("standing", {fact.id: self.field(fact.field) for fact in intake.standing}),
            BALANCES: self.group(
                "balances", {each.id: group(dict.fromkeys(SEEN_OF_BALANCE, _figure(each))) for each in intake.balances}
            ),
            LOOKS: self.group("looks", {look.id: self._answer(look) for look in intake.looks}),
            "actor": self.actor,
            "now": PLAIN,
            "at": PLAIN,
        }

    def _of_place(self, path: Path) -> Shapes:
        """Inputs and events of a step, of a gate, of a kind of record, of a contact."""
        intake = self.intake
        match path:
            case _ if intake is None:
                return {}
            case ("looks" | "unique", *_):
                return {OTHER: self._other}
            case ("balances", int(i), "carry_over", *_):
                parts = dict.fromkeys(SEEN_OF_PERIOD, PLAIN) | {"limit": _figure(intake.balances[i])}
                return {PERIOD: group(parts)}
            case ("steps", int(i), "on", int(j), *_):
                reaction = intake.steps[i].on[j]
                linked = group({**(self.linked.parts or {}), "milestone": one_of(self.names("events"))})
                if reaction.relation is not None:
                    return {"event": linked}
                event = BY_NAME.get(reaction.event)
                comes = event is not None and Place.REACTION in event.places
                return {"event": self._said(reaction.event) if comes else ANYTHING}
            case _:
                fields = entered(intake, path)
                return {"input": self.entries(fields)} if fields is not None else {}

    @property
    def _other(self) -> Shape:
        """A case that is looked at."""
        names = ("case_type", "status", "number", "received_at", "milestones")
        return group({**(self.case(names).parts or {}), "facts": self.facts})

    def _answer(self, look: Look) -> Shape:
        """What a look answers."""
        case = self.case(("number", "case_type", "status", "received_at"))
        summed = {"sum": NEVER_TEXT} if look.sum is not None else {}
        return group({"count": NEVER_TEXT, "cases": listing(case), **summed})

    @property
    def _remedy_looks(self) -> Shape:
        """What looks at the remedies of other cases answer."""
        settlement = self.draft.part("settlement", SettlementSection)
        answer = group({"count": NEVER_TEXT, "sum": NEVER_TEXT})
        return group({look.id: answer for look in settlement.looks}) if settlement is not None else ANYTHING

    def _said(self, event: str) -> Shape:
        """What one event says; a milestone of a step comes with `case.advanced`."""
        if not self.is_event(event):
            return ANYTHING
        contract = BY_NAME[event].contract if event in BY_NAME else CaseAdvancedV1
        known: dict[str, Shape] = {"clock": one_of(self.names("clocks")), "remedy": one_of(self.names("remedies"))}
        known |= {"milestones": self.milestones, "status": one_of(self.names("statuses"))}
        known |= {"case_type": one_of(self.names("case_types")), "channel": PLAIN, "facts": ANYTHING}
        known["details"] = self.entries(
            field for step in self._steps_reaching([event]) for field in self._shared_inputs(step)
        )
        parts = {name: contract_shape(field.annotation) for name, field in contract.model_fields.items()}
        return group({name: known.get(name, shape) for name, shape in parts.items()})

    def _shared_inputs(self, step: Step) -> list[EntryField]:
        return [field for field in _inputs(self.intake, step) if field.shared] if self.intake is not None else []

    def _steps_reaching(self, events: Sequence[str]) -> list[Step]:
        steps = self.intake.steps if self.intake is not None else ()
        return [step for step in steps if set(events).intersection(step.reached())]


def _inputs(intake: IntakeSection, step: Step) -> tuple[EntryField, ...]:
    kind = intake.records_by_id.get(step.record) if step.record else None
    return (*step.input, *(kind.fields if kind else ()))


def _figure(balance: Balance) -> Shape:
    """A figure of a balance; of money in minor units."""
    return replace(NEVER_TEXT, unit=f"{balance.currency}{MINOR}" if balance.currency else balance.unit)


def _file(kinds: frozenset[str] | None) -> Shape:
    return group({"required": listing(one_of(kinds)), "missing": listing(one_of(kinds))})
