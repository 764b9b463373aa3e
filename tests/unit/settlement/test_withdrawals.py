"""What a step of the case makes of each remedy that it withdraws, by the remedy's state and by what has moved."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from services.settlement.calculation.rules.quote import make_quote
from services.settlement.payouts.rules.requests import request_payout, reverse
from services.settlement.remedies.rules import events
from services.settlement.remedies.rules.errors import WithdrawnByStep
from services.settlement.remedies.rules.negotiation import next_round
from services.settlement.remedies.rules.remedy import Remedy, accept, require_transition, withdraw
from services.settlement.remedies.rules.states import State, Transition
from services.settlement.withdrawals.rules import StepTaken, Withdraws, withdrawn_by
from shared.kernel.actor import Actor
from shared.kernel.text import Text
from tests.support.freight import freight_rule
from tests.support.settlement import NOON, WITHDRAWAL, a_case, a_remedy

REASON = Text(zh="重量已更正", en="The weight was corrected")
ALL = Withdraws(remedies=None, earlier_than=None, reason=REASON, cite="X-7 Art.7")
OTHER = replace(ALL, reason=Text(zh="其他", en="Other"), cite="X-8 Art.8")


def after(*remedies: Remedy, rows: tuple[Withdraws, ...] = (ALL,), lost: frozenset[str] = frozenset()) -> list[Remedy]:
    """The remedies that a step changes, as they are then."""
    taken = StepTaken(step="correct_weight", at=NOON, rows=rows)
    return [change.remedy for change in withdrawn_by(taken, remedies, lost=lost)]


OUTCOMES: dict[str, str | None] = {
    "quoted": "withdrawn",
    "offered": "withdrawn",
    "accepted": "withdrawn",
    "approved": "withdrawn",
    "payout_requested": "payout_requested",
    "in_doubt": "in_doubt",
    "executed": "executed",
    "failed": None,
    "rejected": None,
    "declined": None,
    "expired": None,
    "withdrawn": None,
}
"""State → state afterwards; None where the remedy has ended and nothing is told."""


@pytest.mark.parametrize("name", list(State))
def test_what_becomes_of_each_state(name: State) -> None:
    remedy = a_remedy(state=name, version=4)
    changed = after(remedy)
    expected = OUTCOMES[name.value]
    if expected is None:
        assert changed == []
        return
    [found] = changed
    assert (found.state.value, found.version) == (expected, 5)
    assert found.withdrawal == replace(WITHDRAWAL, found=name)
    taken = StepTaken(step="correct_weight", at=NOON, rows=(ALL,))
    [change] = withdrawn_by(taken, [remedy], lost=frozenset())
    told = events.RemedyWithdrawn if expected == "withdrawn" else events.RemedyNotWithdrawn
    assert change.events == (told(withdrawal=replace(WITHDRAWAL, found=name)),)


def test_goods_that_came_back_or_went_out_keep_the_remedy() -> None:
    goods = a_remedy("physical_replacement", state=State.APPROVED)
    assert [each.state for each in after(goods)] == [State.WITHDRAWN]
    for moved in (replace(goods, returned=Decimal("0.5")), replace(goods, returned=Decimal(5), released=Decimal(5))):
        assert [each.state for each in after(moved)] == [State.APPROVED]


def test_what_a_lost_payment_may_have_paid_is_kept() -> None:
    accepted = a_remedy(state=State.ACCEPTED)
    assert [each.state for each in after(accepted, lost=frozenset({accepted.remedy_id}))] == [State.ACCEPTED]


def test_nothing_is_told_of_a_remedy_that_ended_with_nothing_to_pay() -> None:
    quote = make_quote(freight_rule("damage_remainder"), case=a_case(), raw={"damage": "300", "freight": "900"})
    assert after(a_remedy(state=State.EXECUTED, quote=quote)) == []


def test_only_the_named_remedies_end_and_the_first_row_about_each_counts() -> None:
    price, money = a_remedy(state=State.OFFERED), a_remedy("money_compensation", remedy_id="b")
    named = replace(OTHER, remedies=frozenset({"money_compensation"}))
    assert after(price, money, rows=(named,)) == after(money, rows=(named,))
    assert [each.withdrawal and each.withdrawal.cite for each in after(price, money, rows=(named, ALL))] == [
        "X-7 Art.7",
        "X-8 Art.8",
    ]


def test_a_newer_quote_ends_those_before_it_and_neither_itself_nor_later_ones() -> None:
    """Quoted in the order a, b, c; the step is taken upon b."""
    first, second, third = [a_remedy(remedy_id=name, state=State.QUOTED) for name in "abc"]
    older = replace(ALL, earlier_than="b")
    assert [each.remedy_id for each in after(first, second, third, rows=(older,))] == ["a"]
    assert after(first, rows=(replace(ALL, earlier_than="unknown"),)) == []


def test_the_first_step_counts_and_nothing_is_told_twice() -> None:
    [kept] = after(a_remedy(state=State.PAYOUT_REQUESTED))
    assert after(kept) == []


@pytest.mark.parametrize("transition", list(Transition))
def test_every_action_on_a_withdrawn_remedy_is_refused_by_the_rule_of_the_step(transition: Transition) -> None:
    remedy = withdraw(a_remedy(state=State.OFFERED), replace(WITHDRAWAL, at=NOON + timedelta(minutes=5))).remedy
    with pytest.raises(WithdrawnByStep) as refused:
        require_transition(remedy, transition)
    assert (refused.value.code, refused.value.cite, refused.value.title) == ("remedy_withdrawn", "X-7 Art.7", REASON)
    assert refused.value.fields == {
        "action": transition.value,
        "step": "correct_weight",
        "at": "2026-03-06T04:05:00Z",
    }


def test_another_may_be_offered_and_the_withdrawn_offer_was_a_round() -> None:
    ended = withdraw(a_remedy(remedy_id="a", state=State.OFFERED, round=1), WITHDRAWAL).remedy
    assert next_round(a_remedy(remedy_id="b", state=State.QUOTED), [ended], None) == 2


def test_money_that_comes_back_withdraws_what_could_not_be_withdrawn() -> None:
    [kept] = after(a_remedy(state=State.EXECUTED, version=6, reference="pay_1"))
    change = reverse(kept, reason="returned", code="account_closed")
    assert (change.remedy.state, change.remedy.version) == (State.WITHDRAWN, 9)
    assert change.events == (
        events.RemedyPayoutReversed(reference="pay_1", reason="returned", code="account_closed"),
        events.RemedyWithdrawn(withdrawal=replace(WITHDRAWAL, found=State.EXECUTED)),
    )
    with pytest.raises(WithdrawnByStep):
        request_payout(change.remedy, payment_key="p")


def test_a_remedy_that_no_step_withdraws_is_paid_again_after_money_came_back() -> None:
    change = reverse(a_remedy(state=State.EXECUTED, reference="pay_1"), reason="returned", code=None)
    assert change.remedy.state is State.APPROVED
    assert change.remedy.withdrawal is None


def test_who_accepts_after_the_step_reads_the_reason_of_the_step() -> None:
    remedy = withdraw(a_remedy(state=State.OFFERED), WITHDRAWAL).remedy
    with pytest.raises(WithdrawnByStep) as refused:
        accept(remedy, consent=True, remaining=(), actor=Actor(subject="buyer"))
    assert refused.value.title == REASON
