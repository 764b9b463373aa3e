"""Amounts by hand from the rules, and the lock that keeps what was shown and what is paid the same."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.settlement.calculation.rules.errors import AmountNotPositive, FormulaFailed, QuoteChanged, QuoteExpired
from services.settlement.calculation.rules.formula import compute
from services.settlement.calculation.rules.quote import Quote, make_quote, require_fresh, require_valid, valid_until
from services.settlement.remedies.store.quotes import from_json, to_json
from shared.kernel.errors import Rejected
from shared.kernel.money import Money
from shared.packs.language.durations import Duration
from shared.packs.language.expression import Expression
from shared.packs.settlement.model.section import Round
from tests.support.settlement import PRICES, a_case, rule

DIFFERENCE, COMPENSATION = rule("price_difference"), rule("money_compensation")
CENTS = st.integers(min_value=1, max_value=10**11)


def _difference(contract: str, downgraded: str, quantity: str = "60") -> Quote:
    raw = {"contract_price": contract, "downgraded_price": downgraded, "quantity": quantity}
    return make_quote(DIFFERENCE, case=a_case(), raw=raw)


def test_sixty_tonnes_downgraded_from_4200_to_3850_refund_21000() -> None:
    quote = make_quote(DIFFERENCE, case=a_case(), raw=PRICES)
    assert quote.amount == Money(minor=2_100_000)
    assert [(step.id, step.unrounded, step.value) for step in quote.trace.steps] == [
        ("difference", "350", "350"),
        ("refund", "21000", "21000.00"),
    ]
    assert (quote.trace.steps[1].rule, quote.trace.steps[1].digits) == ("half_up", 2)


def test_36000_with_13_percent_inside_is_31858_41_and_4141_59() -> None:
    quote = make_quote(COMPENSATION, case=a_case(), raw={"agreed_amount": "36000.00"})
    assert quote.split is not None
    assert (quote.amount.minor, quote.split.net.minor, quote.split.tax.minor) == (3_600_000, 3_185_841, 414_159)


def test_half_a_fen_rounds_up_and_less_rounds_down() -> None:
    assert _difference("0.05", "0.00", "0.1").amount.minor == 1  # 0.005
    assert _difference("0.05", "0.00", "0.29999999").trace.steps[1].unrounded == "0.0149999995"
    assert _difference("0.05", "0.00", "0.29999999").amount.minor == 1
    with pytest.raises(AmountNotPositive):
        _difference("0.05", "0.01", "0.1249")  # 0.004996


def test_a_difference_is_never_negative() -> None:
    with pytest.raises(Rejected) as refused:
        _difference("3850.00", "3850.01", "1")
    assert refused.value.code == "amount_negative"
    assert refused.value.cite == "LG-41 Art.41"
    assert refused.value.fields == {"result": "-0.01", "minimum": "0"}


def test_no_difference_is_nothing_to_settle() -> None:
    with pytest.raises(AmountNotPositive):
        _difference("3850.00", "3850.00")


def test_a_step_without_a_value_is_refused_with_its_article() -> None:
    steps = (DIFFERENCE.steps[0].model_copy(update={"formula": Expression("inputs.contract_price / 0")}),)
    with pytest.raises(FormulaFailed) as refused:
        _difference_with(steps)
    assert (refused.value.cite, refused.value.fields) == ("LG-41 Art.41", {"step": "difference"})


def test_what_overflows_28_digits_is_refused() -> None:
    formula = Expression("inputs.contract_price * inputs.contract_price * inputs.contract_price")
    with pytest.raises(FormulaFailed):
        _difference_with((DIFFERENCE.steps[0].model_copy(update={"formula": formula}),), contract="9" * 15)


def _difference_with(steps: object, contract: str = "4200") -> None:
    bent = DIFFERENCE.model_copy(update={"steps": steps})
    make_quote(bent, case=a_case(), raw={**PRICES, "contract_price": contract})


def test_a_step_rounded_to_digits_keeps_both_values() -> None:
    step = DIFFERENCE.steps[0].model_copy(
        update={"formula": Expression("inputs.contract_price / 3"), "round": Round(rule="half_even", to=3)}
    )
    quote = make_quote(
        DIFFERENCE.model_copy(update={"steps": (step, DIFFERENCE.steps[1])}),
        case=a_case(),
        raw={**PRICES, "contract_price": "100"},
    )
    assert quote.trace.steps[0].unrounded == "33." + "3" * 26
    assert quote.trace.steps[0].value == "33.333"


def test_an_unrounded_third_goes_into_the_next_step() -> None:
    step = DIFFERENCE.steps[0].model_copy(update={"formula": Expression("inputs.contract_price / 3")})
    quote = make_quote(
        DIFFERENCE.model_copy(update={"steps": (step, DIFFERENCE.steps[1])}),
        case=a_case(),
        raw={**PRICES, "contract_price": "100"},
    )
    assert quote.amount.minor == 200_000


def test_replacement_is_a_quantity_with_a_worth_for_approval() -> None:
    replacement = rule("physical_replacement")
    quote = make_quote(replacement, case=a_case(), raw={"quantity": "30", "unit_price": "4200.00"})
    assert (quote.quantity, quote.unit, quote.amount.minor) == (Decimal(30), "t", 0)
    assert quote.worth == Money(minor=12_600_000)


def test_goods_of_unstated_worth_have_none() -> None:
    replacement = rule("physical_replacement").model_copy(update={"value": None})
    assert make_quote(replacement, case=a_case(), raw={"quantity": "30", "unit_price": "1"}).worth is None


def test_the_hash_does_not_depend_on_how_a_number_is_written() -> None:
    assert _difference("4200", "3850.0").quote_hash == _difference("4200.00", "3850").quote_hash
    assert re.fullmatch("[0-9a-f]{64}", _difference("4200", "3850").quote_hash)


def test_the_hash_changes_with_input_case_and_policy() -> None:
    one = _difference("4200", "3850").quote_hash
    raw = {"contract_price": "4200", "downgraded_price": "3850", "quantity": "60"}
    others = {
        _difference("4200", "3850.01").quote_hash,
        make_quote(DIFFERENCE, case=replace(a_case(), policy_version=2), raw=raw).quote_hash,
        make_quote(DIFFERENCE, case=replace(a_case(), case_id="other"), raw=raw).quote_hash,  # type: ignore[arg-type]
    }
    assert len(others | {one}) == 4


def test_a_fact_that_changed_is_told_with_the_difference() -> None:
    raw = {"contract_price": "4200.00", "downgraded_price": "3850.00"}
    quote = make_quote(DIFFERENCE, case=a_case(), raw=raw)
    require_fresh(quote, remedy=DIFFERENCE, case=a_case(), shown=quote.quote_hash)
    with pytest.raises(QuoteChanged) as refused:
        require_fresh(quote, remedy=DIFFERENCE, case=a_case(quantity_t="55.5"), shown=quote.quote_hash)
    assert refused.value.fields == {
        "changed": ["quantity"],
        "quantity.was": "60",
        "quantity.now": "55.5",
        "amount_minor.was": 2_100_000,
        "amount_minor.now": 1_942_500,
    }


def test_a_given_input_that_the_case_no_longer_allows_is_a_changed_quote() -> None:
    quote = make_quote(DIFFERENCE, case=a_case(), raw=PRICES)
    with pytest.raises(QuoteChanged) as refused:
        require_fresh(quote, remedy=DIFFERENCE, case=a_case(quantity_t="55"), shown=None)
    assert refused.value.fields == {"quantity": "above_maximum 55"}


def test_another_hash_than_the_stored_one_is_refused() -> None:
    quote = make_quote(DIFFERENCE, case=a_case(), raw=PRICES)
    with pytest.raises(QuoteChanged) as refused:
        require_fresh(quote, remedy=DIFFERENCE, case=a_case(), shown="0" * 64)
    assert refused.value.fields["amount_minor.was"] == 2_100_000


def test_a_quote_is_valid_up_to_and_including_its_last_instant() -> None:
    until = valid_until(datetime(2026, 3, 6, 2, tzinfo=UTC), Duration(amount=30, unit="day"))
    assert until == datetime(2026, 4, 5, 2, tzinfo=UTC)
    require_valid(expires_at=until, now=until, cite="LG-41 Art.41")
    with pytest.raises(QuoteExpired):
        require_valid(expires_at=until, now=until + timedelta(microseconds=1), cite="LG-41 Art.41")


@given(gross=CENTS)
def test_net_and_tax_always_close(gross: int) -> None:
    raw = {"agreed_amount": str(Money(minor=gross).decimal())}
    quote = make_quote(COMPENSATION, case=a_case(), raw=raw)
    assert quote.split is not None
    assert quote.split.net + quote.split.tax == quote.amount == Money(minor=gross)
    exact = Decimal(gross) / Decimal("1.13")
    assert abs(quote.split.net.minor - exact) <= Decimal("0.5")


@given(contract=st.integers(0, 10**8), downgraded=st.integers(0, 10**8), kilos=st.integers(1, 60_000))
def test_explaining_is_computing_again_and_storing_loses_nothing(contract: int, downgraded: int, kilos: int) -> None:
    low, high = sorted((contract, downgraded))
    by_hand = Decimal(high - low) * kilos / 1000 / 100
    try:
        quote = _difference(
            str(Money(minor=high).decimal()), str(Money(minor=low).decimal()), str(Decimal(kilos) / 1000)
        )
    except AmountNotPositive:
        assert by_hand < Decimal("0.005")
        return
    assert Decimal(quote.trace.steps[1].unrounded) == by_hand
    assert abs(quote.amount.decimal() - by_hand) <= Decimal("0.005")
    assert compute(DIFFERENCE, quote.trace.inputs) == quote.trace
    assert from_json(to_json(quote)) == quote
