"""Registering a case: what must be known, how it is classified, who owns it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from services.intake.cases.rules.case import Case, Reached
from services.intake.cases.rules.classification import actor_context, classified, initial_facts, owner_of
from services.intake.cases.rules.errors import CaseTypeUnknown, ChannelUnknown, FirstResponderUnnamed, RoleForbidden
from services.intake.cases.rules.numbering import Series, series
from services.intake.cases.rules.party import Party
from services.intake.entries.rules import gates
from services.intake.entries.rules.values import Context, Value, Values, entered, refusal, taken
from shared.kernel.actor import RESPONSIBLE_ROLE, Actor
from shared.kernel.ids import CaseId, OrgId
from shared.kernel.instants import instant_text
from shared.packs.intake.model.section import IntakeSection
from shared.packs.intake.model.workflow import CaseType


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationRequest:
    """What is to be registered."""

    case_type: str
    channel: str
    customer_ref: str
    order_ref: str | None
    description: str | None
    facts: Mapping[str, object]
    received_at: datetime
    first_responder: str
    contact_id: str | None
    parent: Context | None = None
    """The case that opens this one, as expressions see it; its step was allowed, so no role is required again."""
    owner: str | None = None
    """A role, where the opening of the case states it; else the owners' table does."""
    drawn: Values = field(default_factory=dict)
    """Facts that a rule of the pack gives rather than a person: they are not asked for, nor bounded."""
    consulted: Context = field(default_factory=dict)
    """What was read of other records by the facts as stated, as expressions see it: `looks`, `standing`, `balances`."""
    consulted_classified: Context | None = None
    """The same by the facts as classified, for gates and owners; None where that is no different."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A case that is complete but for its number, and the series that gives it one."""

    case: Case
    series: Series


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedBy:
    """The case that opened another one; `relation` is what the opened one is to it."""

    case_id: str
    number: str
    relation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRegistered:
    """A case exists, with its parties."""

    case: Case
    parties: Sequence[Party]
    section: IntakeSection
    actor: Actor
    opened_by: OpenedBy | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPin:
    """The version to which a case is pinned, and the day on which its number is counted."""

    pack: str
    version: int
    today: date


def register(
    request: RegistrationRequest,
    section: IntakeSection,
    *,
    pin: PolicyPin,
    ids: tuple[OrgId, CaseId],
    actor: Actor,
    now: datetime,
) -> Registration:
    """The new case. Raises when the type or channel is unknown, facts are missing, or a gate refuses."""
    case_type = admitted_type(request, section, actor)
    seen = _context(request, section, actor=actor, now=now)
    facts = _classified(request, section, case_type, seen)
    seen |= {"facts": facts, **(request.consulted_classified or {})}
    gates.require(case_type.require, context=seen)
    owner = request.owner or owner_of(section, context=seen)
    case = _case(request, case_type, pin=pin, ids=ids, facts=facts, owner=owner, now=now)
    return Registration(case=case, series=series(case_type.number, on=pin.today))


def _case(  # noqa: PLR0913 (the parts of a new case)
    request: RegistrationRequest,
    case_type: CaseType,
    *,
    pin: PolicyPin,
    ids: tuple[OrgId, CaseId],
    facts: Values,
    owner: str,
    now: datetime,
) -> Case:
    registered = Reached(name="case.registered", at=request.received_at, step=None, cite=case_type.cite)
    return Case(
        org=ids[0],
        case_id=ids[1],
        number="",
        case_type=case_type.id,
        channel=request.channel,
        status=case_type.initial,
        pack=pin.pack,
        policy_version=pin.version,
        received_at=request.received_at,
        registered_at=now,
        first_responder=request.first_responder,
        owner=owner,
        customer_ref=request.customer_ref,
        order_ref=request.order_ref,
        description=request.description,
        contact_id=request.contact_id,
        facts=facts,
        milestones=(registered,),
        last_at=request.received_at,
        version=1,
    )


def first_responder_of(section: IntakeSection, case_type: str, *, actor: Actor) -> str:
    """The subject of the person who registers, or `role:…` of the pack where a machine names no person.

    Raises FirstResponderUnnamed where the pack names no role.
    """
    if actor.is_person or actor.is_system:
        return actor.subject
    rule = section.case_types_by_id.get(case_type)
    if rule is None:
        raise CaseTypeUnknown(fields={"allowed": sorted(section.case_types_by_id)})
    if rule.first_responder is None:
        raise FirstResponderUnnamed(cite=rule.cite)
    return f"{RESPONSIBLE_ROLE}{rule.first_responder.role}"


def stated_facts(request: RegistrationRequest, section: IntakeSection) -> dict[str, Value]:
    """The facts of the case before they are judged, for looks at other cases; those that cannot be taken are None."""
    stated = {fact.id: taken(fact, request.facts.get(fact.id)) for fact in section.facts_of(request.case_type)}
    given = {name: value for name, value in {**stated, **request.drawn}.items() if value is not None}
    return {**initial_facts(section, request.case_type), **given}


def seen_by_keys(
    request: RegistrationRequest, section: IntakeSection, facts: Values, *, actor: Actor, now: datetime
) -> dict[str, object]:
    """What the keys of standing facts and balances see of the new case."""
    return {**_context(request, section, actor=actor, now=now), "facts": facts, "input": {}}


def classified_facts(
    request: RegistrationRequest, section: IntakeSection, *, actor: Actor, now: datetime
) -> dict[str, Value]:
    """The facts of the case after its classification. Raises what `register` raises of them."""
    case_type = admitted_type(request, section, actor)
    return _classified(request, section, case_type, _context(request, section, actor=actor, now=now))


def _classified(
    request: RegistrationRequest, section: IntakeSection, case_type: CaseType, seen: Mapping[str, object]
) -> dict[str, Value]:
    facts = _facts(request, section, case_type, seen)
    return classified(section, case_type.id, facts=facts, context={**seen, "facts": facts})


def admitted_type(request: RegistrationRequest, section: IntakeSection, actor: Actor) -> CaseType:
    """The type of the case. Raises when there is none, when it takes nothing so, or when the actor may not open one."""
    case_type = section.case_types_by_id.get(request.case_type)
    if case_type is None:
        raise CaseTypeUnknown(fields={"allowed": sorted(section.case_types_by_id)})
    if request.channel not in case_type.channels:
        raise ChannelUnknown(cite=case_type.cite, fields={"allowed": list(case_type.channels)})
    asked = case_type.roles and request.parent is None and not actor.is_system
    if asked and actor.roles.isdisjoint(case_type.roles):
        raise RoleForbidden(cite=case_type.cite, fields={"roles": list(case_type.roles)})
    return case_type


def _context(request: RegistrationRequest, section: IntakeSection, *, actor: Actor, now: datetime) -> dict[str, object]:
    return {
        "case": {
            "status": None,
            "number": None,
            "case_type": request.case_type,
            "channel": request.channel,
            "received_at": instant_text(request.received_at),
            "owner": None,
            "first_responder": request.first_responder,
            "order_ref": request.order_ref,
        },
        "actor": actor_context(actor),
        "now": instant_text(now),
        "at": instant_text(request.received_at),
        "milestones": [],
        "documents": {},
        "records": {},
        "visits": [],
        "evidence": {"count": 0, "kinds": []},
        "files": {},
        "remedies": [],
        "clocks": {},
        "links": {relation: [] for relation in sorted(section.relations)},
        "parent": request.parent,
        "looks": {},
        "standing": {},
        "balances": {},
        **request.consulted,
    }


def _facts(
    request: RegistrationRequest, section: IntakeSection, case_type: CaseType, seen: Mapping[str, object]
) -> dict[str, Value]:
    initial = initial_facts(section, case_type.id)
    fields = [fact for fact in section.facts_of(case_type.id) if request.parent or fact.enterable]
    asked = [fact for fact in fields if fact.id not in request.drawn]
    given = entered(asked, request.facts, context=seen, cite=case_type.cite, known_before=initial)
    given |= request.drawn
    missing = [name for name in case_type.requires if given.get(name) is None]
    if missing:
        raise refusal(section.facts, dict.fromkeys(missing, "missing"), case_type.cite)
    return {**initial, **{name: value for name, value in given.items() if value is not None}}
