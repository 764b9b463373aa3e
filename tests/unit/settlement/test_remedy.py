"""Every action in every state, by a table written from the rules; and what each action does to the remedy."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial

import pytest

from services.settlement.approvals.rules import GoodsReleased, approve, decline
from services.settlement.calculation.rules.quote import make_quote
from services.settlement.certificates.rules import record_certificate
from services.settlement.payouts.rules.requests import doubt, execute, fail, pend, request_payout, reverse
from services.settlement.remedies.rules import events
from services.settlement.remedies.rules.approval_table import Approval
from services.settlement.remedies.rules.errors import IllegalTransition, WrongMode
from services.settlement.remedies.rules.remedy import (
    Certificate,
    Change,
    Remedy,
    accept,
    expire,
    offer,
    reject,
    require_transition,
    withdraw,
)
from services.settlement.remedies.rules.states import State, Transition
from services.settlement.replacements.rules import ReleaseTooLarge, ReturnTooLarge, book_return, release
from shared.kernel.actor import Actor
from tests.support.freight import freight_rule
from tests.support.settlement import NOON, WITHDRAWAL, a_case, a_remedy

APPROVAL = Approval(role="centre_leader", subject="liu", at=NOON)
PAPER = Certificate(certificate="tax_return_allowance_certificate", reference="税 1", recorded_by="sun", at=NOON)
ACTIONS: dict[str, Callable[[Remedy], Change]] = {
    "offer": lambda r: offer(r, number=1, actor=Actor(subject="wang")),
    "accept": lambda r: accept(r, consent=True, remaining=("centre_leader",), actor=Actor(subject="buyer")),
    "reject": lambda r: reject(r, final=False, reason="too little"),
    "approve": lambda r: approve(r, approval=APPROVAL, remaining=()),
    "decline": lambda r: decline(r, reason="no"),
    "certificate": lambda r: record_certificate(r, PAPER),
    "returns": lambda r: book_return(r, quantity=Decimal(1)),
    "release": lambda r: release(r, quantity=Decimal(10), reference="m"),
    "payout": partial(request_payout, payment_key="p"),
    "pend": pend,
    "doubt": lambda r: doubt(r, reason="no answer in time", quarantined=False),
    "fail": lambda r: fail(r, reason="no such payee", code="payee_unknown"),
    "execute": lambda r: execute(r, reference="pay_1"),
    "reverse": lambda r: reverse(r, reason="returned", code="account_closed"),
    "expire": expire,
    "withdraw": lambda r: withdraw(r, WITHDRAWAL),
}
# Per action, in the order that a refusal lists them: the states it is possible in, and the state it leads to.
MATRIX: dict[str, dict[str, str]] = {
    "offer": {"quoted": "offered"},
    "accept": {"offered": "accepted"},
    "reject": {"offered": "rejected"},
    "approve": {"accepted": "approved"},
    "decline": {"accepted": "declined", "approved": "declined"},
    "certificate": {"accepted": "accepted", "approved": "approved"},
    "returns": {"accepted": "accepted", "approved": "approved"},
    "release": {"approved": "approved"},
    "payout": {"approved": "payout_requested"},
    "pend": {"payout_requested": "payout_requested", "in_doubt": "payout_requested"},
    "doubt": {"payout_requested": "in_doubt", "in_doubt": "in_doubt"},
    "fail": {"payout_requested": "failed", "in_doubt": "failed"},
    "execute": {"payout_requested": "executed", "in_doubt": "executed"},
    "reverse": {"executed": "approved"},
    "expire": {"quoted": "expired", "offered": "expired"},
    "withdraw": dict.fromkeys(("quoted", "offered", "accepted", "approved"), "withdrawn"),
}
# Per action, the names of the events that it publishes.
EVENTS: dict[str, tuple[str, ...]] = {
    "offer": ("RemedyOffered",),
    "accept": ("RemedyAccepted",),
    "reject": ("RemedyRejected",),
    "approve": ("RemedyApproved",),
    "decline": ("RemedyDeclined",),
    "certificate": ("RemedyCertificateRecorded",),
    "returns": ("RemedyGoodsReturned",),
    "release": ("RemedyReplacementReleased",),
    "payout": ("RemedyPayoutRequested",),
    "pend": ("RemedyPayoutPending",),
    "doubt": ("RemedyPayoutInDoubt",),
    "fail": ("RemedyPayoutFailed",),
    "execute": ("RemedyExecuted",),
    "reverse": ("RemedyPayoutReversed",),
    "expire": ("RemedyQuoteExpired",),
    "withdraw": ("RemedyWithdrawn",),
}
STATES = (
    "quoted", "offered", "accepted", "approved", "payout_requested", "in_doubt",
    "executed", "failed", "rejected", "declined", "expired", "withdrawn",
)  # fmt: skip


def _goods(state: State) -> Remedy:
    returned = Decimal(0) if state is State.ACCEPTED else Decimal(20)
    return a_remedy("physical_replacement", state=state, returned=returned)


@pytest.mark.parametrize("name", STATES)
@pytest.mark.parametrize("action", MATRIX)
def test_the_full_matrix(action: str, name: str) -> None:
    act, state = ACTIONS[action], State(name)
    remedy = _goods(state) if action in {"returns", "release"} else a_remedy(state=state)
    if name not in MATRIX[action]:
        with pytest.raises(IllegalTransition) as refused:
            act(remedy)
        assert refused.value.cite == remedy.cite
        assert refused.value.fields == {"from": name, "action": action, "allowed_from": list(MATRIX[action])}
        with pytest.raises(IllegalTransition):
            require_transition(remedy, Transition(action))
        return
    require_transition(remedy, Transition(action))
    change = act(remedy)
    assert change.remedy.state == MATRIX[action][name]
    assert tuple(type(event).__name__ for event in change.events) == EVENTS[action]
    assert change.remedy.version == remedy.version + len(change.events)


def test_the_matrix_has_every_state_and_every_action() -> None:
    assert tuple(State) == STATES
    assert list(MATRIX) == list(ACTIONS) == list(EVENTS) == list(Transition)


def test_the_first_of_two_approvals_does_not_approve() -> None:
    change = approve(a_remedy(state=State.ACCEPTED), approval=APPROVAL, remaining=("unit_leader",))
    assert change.remedy.state is State.ACCEPTED
    assert change.events == (events.RemedyApprovalRecorded(remaining=("unit_leader",)),)
    assert change.remedy.approvals == (APPROVAL,)


def test_thirty_agreed_eighteen_returned_release_of_thirty_is_refused_with_eighteen() -> None:
    remedy = a_remedy("physical_replacement", state=State.APPROVED, returned=Decimal(18))
    with pytest.raises(ReleaseTooLarge) as refused:
        release(remedy, quantity=Decimal(30), reference="m")
    assert refused.value.fields["max"] == "18"


def test_what_went_out_counts_against_what_came_back() -> None:
    remedy = a_remedy("physical_replacement", state=State.APPROVED, returned=Decimal(18), released=Decimal("17.5"))
    assert release(remedy, quantity=Decimal("0.5"), reference="m").remedy.released == Decimal(18)
    with pytest.raises(ReleaseTooLarge) as refused:
        release(remedy, quantity=Decimal("0.501"), reference="m")
    assert refused.value.fields["max"] == "0.5"


def test_the_last_release_executes_and_tells_both() -> None:
    remedy = a_remedy("physical_replacement", state=State.APPROVED, returned=Decimal(30), released=Decimal(12))
    change = release(remedy, quantity=Decimal(18), reference="m1")
    assert change.remedy.state is State.EXECUTED
    assert change.events == (
        events.RemedyReplacementReleased(released="30"),
        events.RemedyExecuted(reference="m1", split=None),
    )
    assert change.remedy.version == remedy.version + 2


def test_more_than_agreed_never_comes_back() -> None:
    remedy = a_remedy("physical_replacement", state=State.ACCEPTED, returned=Decimal(29))
    assert book_return(remedy, quantity=Decimal(1)).events == (events.RemedyGoodsReturned(returned="30"),)
    with pytest.raises(ReturnTooLarge) as refused:
        book_return(remedy, quantity=Decimal("1.001"))
    assert refused.value.fields["max"] == "1"


def test_money_has_no_goods() -> None:
    with pytest.raises(WrongMode):
        book_return(a_remedy(state=State.APPROVED), quantity=Decimal(1))


def test_nothing_is_declined_once_goods_are_out() -> None:
    remedy = a_remedy("physical_replacement", state=State.APPROVED, returned=Decimal(5), released=Decimal(1))
    with pytest.raises(GoodsReleased):
        decline(remedy, reason="late")
    assert decline(replace(remedy, released=Decimal(0)), reason="no").remedy.state is State.DECLINED


def test_the_last_approval_ends_a_remedy_with_nothing_to_pay() -> None:
    raw = {"damage": "300", "freight": "900"}
    quote = make_quote(freight_rule("damage_remainder"), case=a_case(), raw=raw)
    remedy = a_remedy(state=State.ACCEPTED, quote=quote)
    first = approve(remedy, approval=APPROVAL, remaining=("unit_leader",))
    assert first.remedy.state is State.ACCEPTED
    last = approve(remedy, approval=APPROVAL, remaining=())
    assert (last.remedy.state, last.remedy.reference) == (State.EXECUTED, "nothing_to_pay")
    assert last.events == (events.RemedyApproved(), events.RemedyExecuted(reference="nothing_to_pay", split=None))
