"""One event of each published contract about a case, by its canonical name."""

from datetime import UTC, datetime
from typing import Any, Final

from shared.contracts import intake, notify, settlement, sla
from shared.contracts.envelope import ActorV1, Contract, MoneyV1, TextV1

AT: Final = datetime(2026, 3, 5, 2, tzinfo=UTC)
_ACTOR: Final = ActorV1(subject="chen", roles=["clerk"])
_CLOCK: Final[dict[str, Any]] = {
    "clock_id": "01890a5d-ac96-774b-bcce-b302099a8001",
    "clock": "watched",
    "label": TextV1(zh="时限", en="Watched"),
    "started_at": AT,
    "due_at": AT,
    "cite": "X-5 Art.5",
}
_EXTENSION: Final[dict[str, Any]] = {"extension_id": "01890a5d-ac96-774b-bcce-b302099a8002", "actor": _ACTOR}
_REMEDY: Final[dict[str, Any]] = {
    "remedy_id": "01890a5d-ac96-774b-bcce-b302099a8003",
    "remedy": "refund",
    "mode": "money",
    "amount": MoneyV1(minor=100),
    "quote_hash": "hash",
    "cite": "X-8 Art.8",
    "actor": _ACTOR,
}
_WITHDRAWAL: Final[dict[str, Any]] = {
    "step": "split",
    "reason": TextV1(zh="撤回", en="Withdrawn"),
    "step_cite": "X-2 Art.2",
    "step_at": AT,
    "found": "offered",
}
_MESSAGE: Final[dict[str, Any]] = {
    "message_id": "01890a5d-ac96-774b-bcce-b302099a8004",
    "rule": "tell",
    "on": "case.closed",
    "recipient": "leader",
    "channel": "email",
    "template": "told",
    "locale": "zh-CN",
    "cite": "X-9 Art.9",
}
_CASE: Final[dict[str, Any]] = {"number": "C-00001", "case_type": "complaint", "actor": _ACTOR}
_OWN: Final[dict[type[Contract], dict[str, Any]]] = {
    intake.EvidenceAddedV1: {
        "evidence_id": "01890a5d-ac96-774b-bcce-b302099a8005", "kind": "photo", "media_type": "image/png", "size": 1,
        "sha256": "00", "actor": _ACTOR,
    },
    intake.CaseCorrectedV1: {"case_type": "complaint", "fields": ["phone"], "actor": _ACTOR, "at": AT},
    intake.CasePurgedV1: {
        **_CASE, "rule": "complaints", "certificate": "PC-2026-00001", "sha256": "00", "at": AT, "cite": "X-7 Art.7",
    },
    sla.ClockRetargetedV1: {"previous_due_at": AT},
    sla.ClockStoppedV1: {"stopped_at": AT, "met": True},
    sla.ClockCancelledV1: {"cancelled_at": AT},
    sla.ClockBreachedV1: {"breached_at": AT},
    sla.ClockExtendedV1: {**_EXTENSION, "original_due_at": AT, "after_breach": False},
    sla.ClockExcusedV1: {"actor": _ACTOR},
    sla.ExtensionRequestedV1: {**_EXTENSION, "proposed_due_at": AT, "approver_role": "leader"},
    sla.ExtensionRejectedV1: _EXTENSION,
    settlement.RemedyQuotedV1: {"expires_at": AT},
    settlement.RemedyRejectedV1: {"final": False},
    settlement.RemedyCertificateRecordedV1: {"certificate": "red_invoice", "reference": "R-1"},
    settlement.RemedyPayoutFailedV1: {"reason": "refused"},
    settlement.RemedyPayoutReversedV1: {"provider_reference": "P-1", "reason": "returned by the bank"},
    settlement.RemedyExecutedV1: {"provider_reference": "P-1"},
    settlement.RemedyGoodsReturnedV1: {"returned": "1"},
    settlement.RemedyReplacementReleasedV1: {"released": "1"},
    settlement.RemedyWithdrawnV1: _WITHDRAWAL,
    settlement.RemedyNotWithdrawnV1: _WITHDRAWAL,
    notify.MessageToDoV1: {"handled_by": "role:clerk"},
    notify.MessageSentV1: {"sent_at": AT, "attempts": 1},
    notify.MessageSkippedV1: {"reason": "case_moved_on"},
    notify.MessageOutcomeUnknownV1: {"attempts": 1, "reason": "no_answer", "repeats_at": AT},
    notify.MessageFailedV1: {"attempts": 3, "reason": "mailbox_full"},
}  # fmt: skip


def a_registration(case_id: str, **changed: Any) -> intake.CaseRegisteredV1:
    values: dict[str, Any] = {
        **_CASE, "case_id": case_id, "channel": "web", "status": "open", "received_at": AT, "first_responder": "chen",
        "policy": intake.PolicyRefV1(pack="small", version=1), "owner": "clerk", "customer_ref": "C-1",
    }  # fmt: skip
    return intake.CaseRegisteredV1(**(values | changed))


def a_step(case_id: str, *milestones: str) -> intake.CaseAdvancedV1:
    return intake.CaseAdvancedV1(
        **_CASE, case_id=case_id, step="take", milestones=list(milestones), status="open", owner="clerk",
        first_responder="chen", at=AT,
    )  # fmt: skip


def an_event(name: str, case_id: str) -> Contract:
    """The event of that name; a step that reaches it for a name that no service publishes."""
    contract = _BY_NAME.get(name)
    if contract is None:
        return a_step(case_id, name)
    if contract is intake.CaseRegisteredV1:
        return a_registration(case_id)
    base: dict[str, Any] = {}
    for kind, values in ((sla.ClockFacts, _CLOCK), (settlement.RemedyFacts, _REMEDY), (notify.MessageFacts, _MESSAGE)):
        base |= values if issubclass(contract, kind) else {}
    return contract(**base, **_OWN.get(contract, {}), case_id=case_id)


def _published() -> dict[str, type[Contract]]:
    found = (thing for module in (intake, sla, settlement, notify) for thing in vars(module).values())
    contracts = (thing for thing in found if isinstance(thing, type) and issubclass(thing, Contract))
    return {contract.milestone(): contract for contract in contracts if "TYPE" in vars(contract)}


_BY_NAME: Final = _published()
