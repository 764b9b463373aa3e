"""One proposal at a time, so many rounds, none after a final refusal, one settlement per case."""

from dataclasses import replace

import pytest

from services.settlement.remedies.rules.errors import AnotherRemedyOpen, NegotiationEnded, RoundsUsedUp
from services.settlement.remedies.rules.gates import gates_by_need_of_inputs, require_gates
from services.settlement.remedies.rules.negotiation import next_round, require_going_on
from services.settlement.remedies.rules.states import State
from shared.kernel.errors import Conflict
from shared.packs.settlement.model.section import Offers
from tests.support.settlement import a_case, a_remedy, rule, section

THIS = a_remedy()
OFFERS = Offers(max_rounds=2, cite="LG-43 Art.43")


@pytest.mark.parametrize("state", State)
def test_another_open_or_executed_remedy_is_in_the_way(state: State) -> None:
    other = replace(THIS, remedy_id="other", state=state)
    if state in {State.QUOTED, State.REJECTED, State.DECLINED, State.EXPIRED, State.WITHDRAWN, State.FAILED}:
        assert next_round(THIS, [other, THIS], None) == 1
        return
    with pytest.raises(AnotherRemedyOpen) as refused:
        next_round(THIS, [other, THIS], None)
    assert refused.value.fields == {"remedy_id": "other", "state": state.value}


def test_rounds_count_what_was_offered() -> None:
    first = replace(THIS, remedy_id="first", state=State.REJECTED, round=1)
    second = replace(THIS, remedy_id="second", state=State.EXPIRED, round=2)
    never_offered = replace(THIS, remedy_id="third", state=State.EXPIRED)
    assert next_round(THIS, [first, never_offered, THIS], OFFERS) == 2
    with pytest.raises(RoundsUsedUp) as refused:
        next_round(THIS, [first, second, THIS], OFFERS)
    assert refused.value.fields == {"max_rounds": 2}


def test_a_final_refusal_ends_it() -> None:
    refused = replace(THIS, remedy_id="first", state=State.REJECTED, final=True)
    with pytest.raises(NegotiationEnded):
        require_going_on([refused], OFFERS)
    require_going_on([replace(refused, final=False)], OFFERS)


@pytest.mark.parametrize(
    ("facts", "milestones", "code", "cite"),
    [
        ({"origin": "unknown"}, ("case.accepted",), "origin_unconfirmed", "LG-34 Art.34"),
        ({"origin": None}, (), "origin_unconfirmed", "LG-34 Art.34"),
        ({}, ("case.registered",), "case_not_accepted", "LG-33 Art.33"),
        ({}, ("case.accepted", "case.closed"), "case_closed", "LG-42 Art.42"),
    ],
)
def test_the_gates_before_a_quote(facts: dict[str, str], milestones: tuple[str, ...], code: str, cite: str) -> None:
    case = replace(a_case(**facts), milestones=milestones)
    gates = section().gates_before(rule("money_compensation"), "quote")
    with pytest.raises(Conflict) as refused:
        require_gates(gates, {**case.context(), "inputs": {}, "remedy": None, "actor": None})
    assert (refused.value.code, refused.value.cite) == (code, cite)


@pytest.mark.parametrize("consent", [True, None])
def test_consent_may_come_with_the_quote_or_later(consent: bool | None) -> None:
    late = gates_by_need_of_inputs(section().gates_before(rule("price_difference"), "quote"))[1]
    require_gates(late, {"inputs": {"customer_consent": consent}})


def test_refused_consent_is_no_quote() -> None:
    late = gates_by_need_of_inputs(section().gates_before(rule("price_difference"), "quote"))[1]
    with pytest.raises(Conflict) as refused:
        require_gates(late, {"inputs": {"customer_consent": False}})
    assert (refused.value.code, refused.value.cite) == ("customer_consent_required", "LG-41 Art.41")


@pytest.mark.parametrize(
    ("given", "consent", "holds"),
    [(True, None, True), (None, True, True), (None, None, False), (None, False, False), (False, False, False)],
)
def test_acceptance_needs_consent_from_somewhere(given: bool | None, consent: bool | None, holds: bool) -> None:
    gates = section().gates_before(rule("price_difference"), "accept")
    context = {"inputs": {"customer_consent": given}, "remedy": {"consent": consent}}
    if holds:
        require_gates(gates, context)
        return
    with pytest.raises(Conflict, match="customer_consent_required"):
        require_gates(gates, context)
