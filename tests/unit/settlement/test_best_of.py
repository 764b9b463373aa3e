"""Whichever favours the customer: the greatest of several steps is taken, and the sheet shows all of them."""

from decimal import Decimal
from typing import Any

import pytest

from services.settlement.calculation.rules.errors import FormulaFailed, InputsInvalid
from services.settlement.calculation.rules.formula import Alternative
from services.settlement.calculation.rules.quote import Quote, make_quote
from services.settlement.remedies.store.quotes import from_json, to_json
from shared.kernel.money import Money
from shared.packs.publishing.registry import errors
from shared.packs.settlement.model.section import SettlementSection
from tests.support.settlement import a_case, documents

LABEL = {"zh": "名", "en": "Name"}


def _step(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "label": LABEL, "cite": f"X-1 {name}", **more}


BY_PRICE = _step("by_price", formula="inputs.price * 0.1", round={"rule": "half_up"})
BY_WEIGHT = _step("by_weight", formula="inputs.tonnes * 50 / inputs.parts", round={"rule": "down"})
BEST = _step("amount", best_of=["by_price", "by_weight"], round={"rule": "half_up"})


def _section(*steps: dict[str, Any]) -> SettlementSection:
    whole = documents()
    inputs = [
        {"id": "price", "label": LABEL, "type": "money"},
        {"id": "tonnes", "label": LABEL, "type": "decimal", "taken_from": "facts.tonnes"},
        {"id": "parts", "label": LABEL, "type": "integer"},
    ]
    changes = {"id": "better", "inputs": inputs, "steps": list(steps), "result": "amount", "require": {}, "figures": []}
    return SettlementSection.parse(whole | {"remedies": [whole["remedies"][0] | changes]})


def _quote(*, price: str = "1000.00", tonnes: str | None = "3", parts: str = "1") -> Quote:
    facts = {} if tonnes is None else {"tonnes": tonnes}
    rule = _section(BY_PRICE, BY_WEIGHT, BEST).remedies[0]
    return make_quote(rule, case=a_case(**facts), raw={"price": price, "parts": parts})


@pytest.mark.parametrize(
    ("price", "tonnes", "amount", "taken"),
    [
        ("1000.00", "3", 15_000, "by_weight"),  # 100.00 against 150.00
        ("2000.00", "3", 20_000, "by_price"),  # 200.00 against 150.00
        ("1500.00", "3", 15_000, "by_price"),  # 150.00 both: the first
        ("1500.10", "3", 15_001, "by_price"),  # 150.01 against 150.00
    ],
)
def test_the_greatest_is_taken_and_the_first_of_equals(price: str, tonnes: str, amount: int, taken: str) -> None:
    quote = _quote(price=price, tonnes=tonnes)
    computed = quote.trace.step("amount")
    assert quote.amount == Money(minor=amount)
    assert [each.step for each in computed.alternatives if each.taken] == [taken]
    assert [each.step for each in computed.alternatives] == ["by_price", "by_weight"]


def test_alternatives_are_compared_as_they_are_rounded_themselves() -> None:
    """3 t × 50 / 7 = 21.428…, rounded down to 21.42; 10 % of 214.24 = 21.424, rounded half up to 21.42: equal."""
    computed = _quote(price="214.24", parts="7").trace.step("amount")
    assert computed.alternatives == (
        Alternative(step="by_price", value="21.42", taken=True),
        Alternative(step="by_weight", value="21.42", taken=False),
    )
    assert (computed.formula, computed.value, computed.rule, computed.digits) == (
        "best_of(steps.by_price, steps.by_weight)", "21.42", "half_up", 2,
    )  # fmt: skip


def test_an_alternative_without_a_result_refuses_even_where_the_other_has_one() -> None:
    with pytest.raises(FormulaFailed) as refused:
        _quote(parts="0")
    assert (refused.value.fields, refused.value.cite) == ({"step": "by_weight"}, "X-1 by_weight")
    with pytest.raises(InputsInvalid) as absent:
        _quote(tonnes=None)
    assert list(absent.value.fields) == ["tonnes"]


def test_a_stored_quote_keeps_its_alternatives_and_one_from_before_is_read() -> None:
    quote = _quote()
    stored = to_json(quote)
    assert from_json(stored) == quote
    for step in stored["steps"]:
        del step["alternatives"]
    assert from_json(stored).trace.step("amount").alternatives == ()
    assert from_json(stored).trace.value_of("amount") == Decimal(150)


@pytest.mark.parametrize(
    ("changes", "path", "fault"),
    [
        ({"formula": "inputs.price"}, (), "either `formula` or `best_of`"),
        ({"best_of": []}, (), "either `formula` or `best_of`"),
        ({"best_of": ["by_price"]}, ("best_of",), "two steps or more, each once"),
        ({"best_of": ["by_price", "by_price"]}, ("best_of",), "two steps or more, each once"),
        ({"best_of": ["by_price", "later"]}, ("best_of", 1), "no step `later` above"),
        ({"best_of": ["by_price", "amount"]}, ("best_of", 1), "no step `amount` above"),
    ],
)
def test_lint_says_how_to_mend_it(changes: dict[str, Any], path: tuple[object, ...], fault: str) -> None:
    section = _section(BY_PRICE, BY_WEIGHT, BEST | changes)
    [(found, message)] = [(at, text) for at, text in errors(section) if at[:3] == ("remedies", 0, "steps")]
    assert (found[4:], fault in message) == (path, True)
