"""Every action in every state: where it is allowed it leads where the table says, elsewhere it is refused."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from services.settlement.domain import events
from services.settlement.domain import remedy as life
from services.settlement.domain.approval import Approval
from services.settlement.domain.errors import IllegalTransition, ReleaseTooLarge, ReturnTooLarge, WrongMode
from services.settlement.domain.quote import make_quote
from services.settlement.domain.remedy import Certificate, Change, Remedy
from services.settlement.domain.replacement import GoodsReleased
from services.settlement.domain.state import ALLOWED_FROM, State
from tests.support.freight import freight_rule
from tests.support.settlement import NOON, a_case, a_remedy

APPROVAL = Approval(role="centre_leader", subject="liu", at=NOON)
PAPER = Certificate(certificate="tax_return_allowance_certificate", reference="税 1", recorded_by="sun", at=NOON)
ACTIONS: dict[str, tuple[Callable[[Remedy], Change], State | None]] = {
    "offer": (lambda r: life.offer(r, number=1), State.OFFERED),
    "accept": (lambda r: life.accept(r, consent=True, remaining=("centre_leader",)), State.ACCEPTED),
    "reject": (lambda r: life.reject(r, final=False, reason="too little"), State.REJECTED),
    "approve": (lambda r: life.approve(r, approval=APPROVAL, remaining=()), State.APPROVED),
    "decline": (lambda r: life.decline(r, reason="no"), State.DECLINED),
    "certificate": (lambda r: life.record_certificate(r, PAPER), None),
    "returns": (lambda r: life.book_return(r, quantity=Decimal(1)), None),
    "release": (lambda r: life.release(r, quantity=Decimal(10), reference="m"), None),
    "payout": (life.request_payout, State.PAYOUT_REQUESTED),
    "doubt": (life.doubt, State.IN_DOUBT),
    "fail": (lambda r: life.fail(r, reason="refused with 402"), State.FAILED),
    "execute": (lambda r: life.execute(r, reference="pay_1"), State.EXECUTED),
    "expire": (life.expire, State.EXPIRED),
}


def _goods(state: State) -> Remedy:
    returned = Decimal(0) if state is State.ACCEPTED else Decimal(20)
    return a_remedy("physical_replacement", state=state, returned=returned)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("action", ACTIONS)
def test_the_full_matrix(action: str, state: State) -> None:
    act, leads_to = ACTIONS[action]
    remedy = _goods(state) if action in {"returns", "release"} else a_remedy(state=state)
    if state not in ALLOWED_FROM[action]:
        with pytest.raises(IllegalTransition) as refused:
            act(remedy)
        assert refused.value.cite == remedy.cite
        assert refused.value.fields == {
            "from": state.value,
            "action": action,
            "allowed_from": [each.value for each in ALLOWED_FROM[action]],
        }
        with pytest.raises(IllegalTransition):
            life.require_state(remedy, action)
        return
    life.require_state(remedy, action)
    change = act(remedy)
    assert change.remedy.state is (leads_to or state)
    assert change.remedy.version == remedy.version + len(change.events)


def test_every_action_is_in_the_table() -> None:
    assert set(ACTIONS) == set(ALLOWED_FROM)


def test_a_doubt_is_told_once() -> None:
    first = life.doubt(a_remedy(state=State.PAYOUT_REQUESTED))
    assert first.events == (events.PayoutInDoubt(),)
    again = life.doubt(first.remedy)
    assert (again.remedy, again.events) == (first.remedy, ())


def test_the_first_of_two_approvals_does_not_approve() -> None:
    change = life.approve(a_remedy(state=State.ACCEPTED), approval=APPROVAL, remaining=("unit_leader",))
    assert change.remedy.state is State.ACCEPTED
    assert change.events == (events.ApprovalGiven(remaining=("unit_leader",)),)
    assert change.remedy.approvals == (APPROVAL,)


def test_thirty_agreed_eighteen_returned_release_of_thirty_is_refused_with_eighteen() -> None:
    remedy = a_remedy("physical_replacement", state=State.APPROVED, returned=Decimal(18))
    with pytest.raises(ReleaseTooLarge) as refused:
        life.release(remedy, quantity=Decimal(30), reference="m")
    assert refused.value.fields["max"] == "18"


def test_what_went_out_counts_against_what_came_back() -> None:
    remedy = a_remedy("physical_replacement", state=State.APPROVED, returned=Decimal(18), released=Decimal("17.5"))
    assert life.release(remedy, quantity=Decimal("0.5"), reference="m").remedy.released == Decimal(18)
    with pytest.raises(ReleaseTooLarge) as refused:
        life.release(remedy, quantity=Decimal("0.501"), reference="m")
    assert refused.value.fields["max"] == "0.5"


def test_the_last_release_executes_and_tells_both() -> None:
    remedy = a_remedy("physical_replacement", state=State.APPROVED, returned=Decimal(30), released=Decimal(12))
    change = life.release(remedy, quantity=Decimal(18), reference="m1")
    assert change.remedy.state is State.EXECUTED
    assert change.events == (events.Released(released="30"), events.Executed(reference="m1", split=None))
    assert change.remedy.version == remedy.version + 2


def test_more_than_agreed_never_comes_back() -> None:
    remedy = a_remedy("physical_replacement", state=State.ACCEPTED, returned=Decimal(29))
    assert life.book_return(remedy, quantity=Decimal(1)).events == (events.GoodsReturned(returned="30"),)
    with pytest.raises(ReturnTooLarge) as refused:
        life.book_return(remedy, quantity=Decimal("1.001"))
    assert refused.value.fields["max"] == "1"


def test_money_has_no_goods() -> None:
    with pytest.raises(WrongMode):
        life.book_return(a_remedy(state=State.APPROVED), quantity=Decimal(1))


def test_nothing_is_declined_once_goods_are_out() -> None:
    remedy = a_remedy("physical_replacement", state=State.APPROVED, returned=Decimal(5), released=Decimal(1))
    with pytest.raises(GoodsReleased):
        life.decline(remedy, reason="late")
    assert life.decline(replace(remedy, released=Decimal(0)), reason="no").remedy.state is State.DECLINED


def test_the_last_approval_ends_a_remedy_with_nothing_to_pay() -> None:
    raw = {"damage": "300", "freight": "900"}
    quote = make_quote(freight_rule("damage_remainder"), case=a_case(), raw=raw)
    remedy = a_remedy(state=State.ACCEPTED, quote=quote)
    first = life.approve(remedy, approval=APPROVAL, remaining=("unit_leader",))
    assert first.remedy.state is State.ACCEPTED
    last = life.approve(remedy, approval=APPROVAL, remaining=())
    assert (last.remedy.state, last.remedy.reference) == (State.EXECUTED, "nothing_to_pay")
    assert last.events == (events.Approved(), events.Executed(reference="nothing_to_pay", split=None))
