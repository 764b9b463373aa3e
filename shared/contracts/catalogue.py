"""Every published event: which services hear it, and at which places of a pack its name has an effect.

One row for each contract. From it derive the handlers of each service (`subscribed`), the names that lint allows at
each place, the labels of a case's timeline, the guide's tables and the AsyncAPI document. ADR 0018 explains it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal, TypeVar

from shared.contracts import intake, notify, registry, settlement, sla, topics
from shared.contracts.envelope import Contract
from shared.kernel.text import Text

Service = Literal["intake", "sla", "settlement", "notify"]
SERVICES: Final[tuple[Service, ...]] = ("intake", "sla", "settlement", "notify")


class Place(StrEnum):
    """A place of a pack that names an event; the value is how lint and the guide call it."""

    CLOCK_START = "a clock's `start`"
    CLOCK_STOP = "a clock's `stop`"
    CLOCK_CANCEL = "a clock's `cancel_on`"
    CLOCK_PAUSE = "a clock's `pause_on`"
    CLOCK_RESUME = "a clock's `resume_on`"
    INDICATOR = "the measure of an indicator"
    RULE = "`on` of a notify rule"
    RULE_CONDITION = "`case.milestones` of a notify rule"
    RULE_STEP = "`event.milestones` of a notify rule"
    REACTION = "`on` of a step without `relation`"
    LINKED_REACTION = "`on` of a step with `relation`"
    GATE = "`milestones` of an intake expression"
    LINKED_GATE = "`milestones` of a linked case"
    REGISTRATION = "`milestones` before a case is registered"
    SAMPLE = "the sample of a recurring case"
    RETENTION = "`from` of a retention rule"
    SETTLEMENT_GATE = "`milestones` of a settlement expression"


CLOCK_PLACES: Final = frozenset(
    {Place.CLOCK_START, Place.CLOCK_STOP, Place.CLOCK_CANCEL, Place.CLOCK_PAUSE, Place.CLOCK_RESUME}
)
_SLA: Final = CLOCK_PLACES | {Place.INDICATOR}
_INTAKE: Final = frozenset({Place.GATE, Place.LINKED_GATE, Place.SAMPLE, Place.RETENTION})
_REACTIONS: Final = frozenset({Place.REACTION, Place.LINKED_REACTION})

MILESTONE_PLACES: Final[Mapping[Service, frozenset[Place]]] = {
    "intake": _INTAKE,
    "sla": _SLA,
    "settlement": frozenset({Place.SETTLEMENT_GATE}),
    "notify": frozenset({Place.RULE_CONDITION}),
}
"""The places that ask what a case has reached so far, by the service that remembers it."""

_REMEMBERED: Final = MILESTONE_PLACES["settlement"] | MILESTONE_PLACES["notify"]
_OTHERS: Final[frozenset[Service]] = frozenset({"sla", "settlement", "notify"})

OF_STEPS: Final = _SLA | _INTAKE | _REMEMBERED | {Place.LINKED_REACTION, Place.RULE, Place.RULE_STEP}
"""The places of a milestone that a step of the pack itself reaches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One published event. `places` are those at which its name has an effect in a pack."""

    contract: type[Contract]
    heard_by: frozenset[Service]
    places: frozenset[Place] = frozenset()
    label: Text | None = None
    """What a case's timeline shows; of the events that intake hears."""
    state: str | None = None
    """The state of the remedy or message afterwards; None where the event leaves it."""
    advice: str | None = None
    """What an author uses in place of a name that has no effect."""

    @property
    def name(self) -> str:
        """The canonical name in packs: `clock.breached`."""
        return self.contract.milestone()

    @property
    def topic(self) -> str:
        """The topic on which it is published."""
        return self.contract.TOPIC

    @property
    def version(self) -> str:
        """The version of its payload: `v1`."""
        return self.contract.TYPE.rpartition(".")[2]

    @property
    def producer(self) -> str:
        """The service, or `registry`, whose contract it is."""
        return self.contract.__module__.rpartition(".")[2]

    def is_milestone_of(self, service: Service) -> bool:
        """True when the service remembers that the case has reached it."""
        return not self.places.isdisjoint(MILESTONE_PLACES[service])


def _registry(contract: type[Contract]) -> Event:
    return Event(
        contract=contract, heard_by=frozenset(SERVICES), advice="it is about an organisation, not about a case"
    )


def _case(
    contract: type[Contract],
    *,
    heard_by: frozenset[Service],
    places: frozenset[Place] = frozenset(),
    advice: str | None = None,
) -> Event:
    return Event(contract=contract, heard_by=heard_by, places=places, advice=advice)


def _clock(contract: type[Contract], zh: str, en: str, *also: Service) -> Event:
    return Event(
        contract=contract,
        heard_by=frozenset({"intake", "notify", *also}),
        places=_INTAKE | _REACTIONS | {Place.RULE},
        label=Text(zh=zh, en=en),
    )


def _remedy(contract: type[Contract], zh: str, en: str, *, state: str | None) -> Event:
    return Event(
        contract=contract,
        heard_by=frozenset({"intake", "sla", "notify"}),
        places=_SLA | _INTAKE | _REACTIONS | {Place.RULE},
        label=Text(zh=zh, en=en),
        state=state,
    )


def _message(contract: type[Contract], zh: str, en: str, *, state: str, is_told: bool) -> Event:
    """`is_told`: notify hears it too, and a rule may be about it."""
    return Event(
        contract=contract,
        heard_by=frozenset({"intake", "sla", "notify"} if is_told else {"intake", "sla"}),
        places=_SLA | _REACTIONS | ({Place.RULE} if is_told else set()),
        label=Text(zh=zh, en=en),
        state=state,
    )


def _to_do(contract: type[Contract], zh: str, en: str) -> Event:
    return Event(
        contract=contract,
        heard_by=frozenset({"intake"}),
        label=Text(zh=zh, en=en),
        state="to_do",
        advice="name the event that caused the message, or what became of it",
    )


CATALOGUE: Final[tuple[Event, ...]] = (
    _registry(registry.OrganisationCreatedV1),
    _registry(registry.OrganisationClockAdvancedV1),
    _registry(registry.PolicyPublishedV1),
    _case(
        intake.PartyRecordedV1,
        heard_by=frozenset({"notify"}),
        advice="it holds personal data, which only notify keeps",
    ),
    _case(
        intake.CaseRegisteredV1,
        heard_by=_OTHERS,
        places=_INTAKE | _REMEMBERED | {Place.CLOCK_START, Place.INDICATOR, Place.LINKED_REACTION, Place.RULE},
        advice="it is the first event of a case, so it ends nothing",
    ),
    _case(
        intake.CaseAdvancedV1,
        heard_by=_OTHERS,
        advice="every step publishes it; name a milestone that the step reaches",
    ),
    _case(
        intake.CaseCorrectedV1,
        heard_by=_OTHERS,
        advice="it puts right how the customer is known, and nothing happens to the case itself",
    ),
    _case(
        intake.EvidenceAddedV1,
        heard_by=_OTHERS,
        places=_SLA | _INTAKE | _REMEMBERED | {Place.RULE},
    ),
    _case(
        intake.CasePurgedV1,
        heard_by=_OTHERS,
        places=_SLA | {Place.LINKED_GATE, Place.RULE},
        advice="nothing is done on a purged case",
    ),
    _case(
        intake.LinkIssuedV1,
        heard_by=_OTHERS,
        advice="it is about a way to the case, and nothing happens to the case itself",
    ),
    _case(
        intake.LinkRevokedV1,
        heard_by=_OTHERS,
        advice="it is about a way to the case, and nothing happens to the case itself",
    ),
    _clock(sla.ClockStartedV1, "时限开始计算", "Clock started"),
    _clock(sla.ClockRetargetedV1, "时限变更", "Clock has another goal"),
    _clock(sla.ClockStoppedV1, "时限结束", "Clock stopped"),
    _clock(sla.ClockCancelledV1, "时限取消", "Clock cancelled"),
    _clock(sla.ClockWarnedV1, "时限将至", "Clock is nearly due"),
    _clock(sla.ClockBreachedV1, "超过时限", "Clock breached"),
    _clock(sla.ExtensionRequestedV1, "申请延期", "Extension requested", "settlement"),
    _clock(sla.ExtensionRejectedV1, "延期未批准", "Extension turned down", "settlement"),
    _clock(sla.ClockExtendedV1, "批准延期", "Extension granted", "settlement"),
    _clock(sla.ClockExcusedV1, "超时已说明理由", "Breach excused", "settlement"),
    _remedy(settlement.RemedyQuotedV1, "测算处理方案", "Remedy quoted", state="quoted"),
    _remedy(settlement.RemedyQuoteExpiredV1, "测算方案过期", "Quote expired", state="expired"),
    _remedy(settlement.RemedyOfferedV1, "向用户提出方案", "Remedy offered", state="offered"),
    _remedy(settlement.RemedyAcceptedV1, "用户接受方案", "Remedy accepted", state="accepted"),
    _remedy(settlement.RemedyRejectedV1, "用户不接受方案", "Proposal rejected", state="rejected"),
    _remedy(settlement.RemedyApprovalRecordedV1, "已作部分审批", "One approval given", state="accepted"),
    _remedy(settlement.RemedyApprovedV1, "处理方案已审批", "Remedy approved", state="approved"),
    _remedy(settlement.RemedyDeclinedV1, "处理方案未批准", "Remedy declined", state="declined"),
    _remedy(settlement.RemedyCertificateRecordedV1, "收到证明文件", "Certificate handed in", state=None),
    _remedy(settlement.RemedyPayoutRequestedV1, "提交付款", "Payout requested", state="payout_requested"),
    _remedy(settlement.RemedyPayoutPendingV1, "付款已受理", "Payout pending", state="payout_requested"),
    _remedy(settlement.RemedyPayoutInDoubtV1, "付款结果待查", "Payout in doubt", state="in_doubt"),
    _remedy(settlement.RemedyPayoutFailedV1, "付款失败", "Payout failed", state="failed"),
    _remedy(settlement.RemedyPayoutReversedV1, "付款被退回", "Payment reversed", state="approved"),
    _remedy(settlement.RemedyExecutedV1, "处理结果已执行", "Remedy executed", state="executed"),
    _remedy(settlement.RemedyGoodsReturnedV1, "收到退货", "Goods returned", state=None),
    _remedy(settlement.RemedyReplacementReleasedV1, "发出换补货物", "Replacement released", state=None),
    _remedy(settlement.RemedyWithdrawnV1, "处理方案已撤回", "Remedy withdrawn", state="withdrawn"),
    _remedy(settlement.RemedyNotWithdrawnV1, "处理方案未能撤回", "Remedy could not be withdrawn", state=None),
    _to_do(notify.MessageToDoV1, "待人工送达", "Message to deliver by hand"),
    _message(
        notify.MessageOutcomeUnknownV1, "送达结果不明", "Message outcome unknown", state="outcome_unknown", is_told=True
    ),
    _message(notify.MessageSentV1, "已通知", "Message sent", state="sent", is_told=False),
    _message(notify.MessageSkippedV1, "通知未发送", "Message skipped", state="skipped", is_told=True),
    _message(notify.MessageFailedV1, "通知失败", "Message failed", state="failed", is_told=True),
)

EVENTS: Final[Mapping[type[Contract], Event]] = {event.contract: event for event in CATALOGUE}
BY_NAME: Final[Mapping[str, Event]] = {event.name: event for event in CATALOGUE}


def named_at(place: Place) -> Iterator[Event]:
    """The events whose names have an effect at `place`."""
    return (event for event in CATALOGUE if place in event.places)


H = TypeVar("H")


def subscribed(service: Service, handlers: Mapping[type[Contract], H]) -> dict[type[Contract], H]:
    """The handler of every case event that `service` hears: the one of its contract, else of the nearest base class.

    Raises LookupError for an event without a handler, and for a handler that no event reaches.
    """
    found: dict[type[Contract], H] = {}
    used: set[type[Contract]] = set()
    for event in CATALOGUE:
        if service not in event.heard_by or event.topic == topics.REGISTRY:
            continue
        base = next((each for each in event.contract.__mro__ if each in handlers), None)
        if base is None:
            raise LookupError(f"{service} hears {event.name} and has no handler for it")
        found[event.contract] = handlers[base]
        used.add(base)
    if idle := set(handlers) - used:
        raise LookupError(f"{service} has handlers for what it does not hear: {sorted(each.__name__ for each in idle)}")
    return found
