"""A quote as a whole: what its hash covers, least amounts, the tax split, goods' worth, and the words of refusals."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.settlement.calculation.rules.errors import AmountNotPositive, QuoteChanged, QuoteExpired
from services.settlement.calculation.rules.quote import Quote, Split, make_quote, require_fresh, require_valid
from shared.kernel.errors import Rejected
from shared.kernel.money import Money, Rounding
from shared.kernel.text import Text
from shared.packs.language.expression import Expression
from shared.packs.settlement.model.section import Minimum, Round, Tax
from tests.support.freight import freight_rule, line
from tests.support.settlement import PRICES, a_case, rule

DIFFERENCE, COMPENSATION, GOODS = (
    rule(name) for name in ("price_difference", "money_compensation", "physical_replacement")
)
TONNES = (
    freight_rule("freight_subsidy")
    .steps[2]
    .model_copy(
        update={"id": "tonnes", "formula": Expression("sum(map(inputs.lines, #.tonnes))"), "round": Round(to=1)}
    )
)
BY_LINES = freight_rule("freight_subsidy").model_copy(update={"steps": (TONNES,), "result": "tonnes", "figures": ()})
LINES = {"rate": "650.00", "lines": [line("wood", "4.50") | {"note": "二"}, line("latex", "1", low_value=True)]}


@pytest.mark.parametrize(
    ("remedy", "raw", "canonical"),
    [
        pytest.param(
            DIFFERENCE,
            PRICES,
            '{"amount":[2100000,"CNY"],'
            '"case":"01890a5d-ac96-774b-bcce-b302099a8058",'
            '"inputs":{"contract_price":"4200","customer_consent":true,"downgraded_price":"3850","quantity":"60"},'
            '"policy":"laigang@1",'
            '"remedy":"price_difference",'
            '"split":null,'
            '"steps":[["difference","inputs.contract_price - inputs.downgraded_price","350","350"],'
            '["refund","steps.difference * inputs.quantity","21000","21000.00"]]}',
            id="money without tax",
        ),
        pytest.param(
            COMPENSATION,
            {"agreed_amount": "36000.00"},
            '{"amount":[3600000,"CNY"],'
            '"case":"01890a5d-ac96-774b-bcce-b302099a8058",'
            '"inputs":{"agreed_amount":"36000"},'
            '"policy":"laigang@1",'
            '"remedy":"money_compensation",'
            '"split":[3185841,414159],'  # 36000 / 1.13 = 31858.407...
            '"steps":[["gross","inputs.agreed_amount","36000","36000.00"]]}',
            id="money with tax",
        ),
        pytest.param(
            BY_LINES,
            LINES,
            '{"amount":[550,"CNY"],'
            '"case":"01890a5d-ac96-774b-bcce-b302099a8058",'
            '"inputs":{"lines":[{"category":"wood","low_value":false,"note":"\\u4e8c","tonnes":"4.5"},'
            '{"category":"latex","low_value":true,"note":null,"tonnes":"1"}],"rate":"650"},'
            '"policy":"laigang@1",'
            '"remedy":"freight_subsidy",'
            '"split":null,'
            '"steps":[["tonnes","sum(map(inputs.lines, #.tonnes))","5.5","5.5"]]}',
            id="rows and a text outside ASCII",
        ),
        pytest.param(
            GOODS.model_copy(update={"currency": "USD"}),
            {"quantity": "30", "unit_price": "4200.00"},
            '{"amount":[0,"USD"],'
            '"case":"01890a5d-ac96-774b-bcce-b302099a8058",'
            '"inputs":{"quantity":"30","unit_price":"4200"},'
            '"policy":"laigang@1",'
            '"remedy":"physical_replacement",'
            '"split":null,'
            '"steps":[["quantity","inputs.quantity","30","30"],'
            '["worth","inputs.quantity * inputs.unit_price","126000","126000.00"]]}',
            id="goods",
        ),
    ],
)
def test_the_hash_covers_case_policy_remedy_inputs_steps_amount_and_split(
    remedy: Any, raw: dict[str, Any], canonical: str
) -> None:
    expected = hashlib.sha256(canonical.encode("ascii")).hexdigest()
    assert make_quote(remedy, case=a_case(), raw=raw).quote_hash == expected


def test_a_quote_of_money_is_worth_its_amount_and_counts_no_goods() -> None:
    quote = make_quote(COMPENSATION, case=replace(a_case(), policy_version=3), raw={"agreed_amount": "113"})
    assert quote == Quote(
        pack="laigang",
        policy_version=3,
        trace=quote.trace,
        amount=Money(minor=11_300),
        worth=Money(minor=11_300),
        quantity=None,
        unit=None,
        split=Split(net=Money(minor=10_000), tax=Money(minor=1_300)),
        figures=(),
        quote_hash=quote.quote_hash,
    )
    assert not quote.is_nothing_to_pay


def test_a_quote_of_goods_counts_them_and_pays_nothing_in_its_currency() -> None:
    dollars = GOODS.model_copy(update={"currency": "USD"})
    quote = make_quote(dollars, case=a_case(), raw={"quantity": "0.5", "unit_price": "3.00"})
    assert quote == Quote(
        pack="laigang",
        policy_version=1,
        trace=quote.trace,
        amount=Money(minor=0, currency="USD"),
        worth=Money(minor=150, currency="USD"),
        quantity=Decimal("0.5"),
        unit="t",
        split=None,
        figures=(),
        quote_hash=quote.quote_hash,
    )
    assert not quote.is_nothing_to_pay
    without_return = dollars.model_copy(update={"returns": None})
    assert make_quote(without_return, case=a_case(), raw={"quantity": "1", "unit_price": "3"}).unit is None


@pytest.mark.parametrize(
    ("unit_price", "worth"), [("0", None), ("0.001", None), ("0.01", Money(minor=1)), ("0.99", Money(minor=99))]
)
def test_goods_whose_value_rounds_to_nothing_are_of_unknown_worth(unit_price: str, worth: Money | None) -> None:
    # one tonne, so that the value is the price; 0.001 yuan is less than half a fen
    value = GOODS.steps[1].model_copy(update={"formula": Expression(unit_price)})
    remedy = GOODS.model_copy(update={"steps": (GOODS.steps[0], value)})
    assert make_quote(remedy, case=a_case(), raw={"quantity": "1", "unit_price": "1"}).worth == worth


@pytest.mark.parametrize(("rate", "rounding", "net"), [
    # 36000.00 / 1.13 = 31858.4070..., / 1.06 = 33962.2641...
    ("0.13", "half_up", 3_185_841),
    ("0.13", "down", 3_185_840),
    ("0.13", "up", 3_185_841),
    ("0.06", "half_up", 3_396_226),
    ("0.06", "up", 3_396_227),
])  # fmt: skip
def test_net_is_rounded_by_the_rule_of_the_tax_and_tax_is_the_rest(rate: str, rounding: Rounding, net: int) -> None:
    tax = Tax(rate=rate, rounding=rounding, cite="LG-39a Art.39")  # type: ignore[arg-type]
    taxed = COMPENSATION.model_copy(update={"tax": tax})
    split = make_quote(taxed, case=a_case(), raw={"agreed_amount": "36000.00"}).split
    assert split == Split(net=Money(minor=net), tax=Money(minor=3_600_000 - net))


LEAST = Minimum(
    amount="100.00",  # type: ignore[arg-type]
    code="too_little",
    message=Text(zh="不足一百元", en="Less than a hundred yuan"),
    cite="X-1 Art.1",
)


def test_the_least_amount_is_a_settlement_and_a_fen_less_is_refused_as_the_rule_says() -> None:
    remedy = COMPENSATION.model_copy(update={"min": LEAST})
    assert make_quote(remedy, case=a_case(), raw={"agreed_amount": "100.00"}).amount == Money(minor=10_000)
    with pytest.raises(Rejected) as refused:
        make_quote(remedy, case=a_case(), raw={"agreed_amount": "99.90"})
    assert (refused.value.code, refused.value.cite, refused.value.title) == ("too_little", "X-1 Art.1", LEAST.message)
    assert refused.value.fields == {"result": "99.9", "minimum": "100"}


@pytest.mark.parametrize(
    ("zero", "formula", "refused_result"),
    [
        ("refused", "0.01", None),
        ("refused", "0.00", "0"),
        ("refused", "0 - 0.50", "-0.5"),
        ("recorded", "0.00", None),
        ("recorded", "0 - 0.50", "-0.5"),
        ("recorded", "0.01", None),
    ],
)
def test_only_a_recorded_zero_is_settled_without_a_payment(zero: str, formula: str, refused_result: str | None) -> None:
    step = COMPENSATION.steps[0].model_copy(update={"formula": Expression(formula)})
    remedy = COMPENSATION.model_copy(update={"zero": zero, "steps": (step,)})
    if refused_result is None:
        quote = make_quote(remedy, case=a_case(), raw={"agreed_amount": "1"})
        assert quote.is_nothing_to_pay is (formula == "0.00")
        return
    with pytest.raises(AmountNotPositive) as refused:
        make_quote(remedy, case=a_case(), raw={"agreed_amount": "1"})
    assert (refused.value.cite, refused.value.fields) == ("LG-39a Art.39", {"result": refused_result})


@pytest.mark.parametrize(
    ("raw", "quantity_t", "shown", "detail"),
    [
        (PRICES, "60", "0" * 64, "another quote was shown than the one on record"),
        (PRICES, "55", None, "quantity: above_maximum 55"),
        (
            {"contract_price": "4200", "downgraded_price": "3850"}, "55", None,
            "the case has changed since",
        ),
    ],
)  # fmt: skip
def test_a_quote_that_holds_no_more_says_why(
    raw: dict[str, Any], quantity_t: str, shown: str | None, detail: str
) -> None:
    quote = make_quote(DIFFERENCE, case=a_case(), raw=raw)
    require_fresh(quote, remedy=DIFFERENCE, case=a_case(), shown=shown if shown is None else quote.quote_hash)
    with pytest.raises(QuoteChanged) as refused:
        require_fresh(quote, remedy=DIFFERENCE, case=a_case(quantity_t=quantity_t), shown=shown)
    assert (refused.value.detail, refused.value.cite) == (detail, "LG-41 Art.41")


def test_an_expired_quote_names_its_last_instant() -> None:
    until = datetime(2026, 4, 5, 2, tzinfo=UTC)
    with pytest.raises(QuoteExpired) as refused:
        require_valid(expires_at=until, now=until + timedelta(seconds=1), cite="LG-41 Art.41")
    assert (refused.value.cite, refused.value.fields) == ("LG-41 Art.41", {"expires_at": "2026-04-05T02:00:00Z"})


def test_amount_and_figures_of_money_have_the_minor_units_of_the_currency() -> None:
    # dinars have three decimals: of 2.500 damage the freight of 0.900 bears its whole, 1.600 are left
    dinars = freight_rule("damage_remainder").model_copy(update={"currency": "KWD"})
    quote = make_quote(dinars, case=a_case(), raw={"damage": "2.500", "freight": "0.900"})
    assert (quote.amount, quote.worth) == (Money(minor=1_600, currency="KWD"), Money(minor=1_600, currency="KWD"))
    assert [(figure.id, figure.value, figure.amount) for figure in quote.figures] == [
        ("deducted", "0.900", Money(minor=900, currency="KWD")),
        ("customer_pays", "0.000", Money(minor=0, currency="KWD")),
    ]
