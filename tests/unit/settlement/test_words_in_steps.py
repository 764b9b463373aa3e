"""What a formula called of the pack's definitions and tables is kept with the quote and told by its explanation."""

from decimal import Decimal
from typing import Any

from services.settlement.calculation.rules.formula import Used
from services.settlement.calculation.rules.quote import make_quote
from services.settlement.remedies.store.quotes import from_json, to_json
from shared.kernel.money import Money
from shared.packs.language.expression import Expression
from shared.packs.pack.words import words_of
from tests.support.settlement import PRICES, a_case, rule

LABEL = {"zh": "名", "en": "Name"}
WORDS = words_of(
    {
        "define": [
            {"id": "loss", "label": LABEL, "takes": ["was", "is_now"], "is": "was - is_now", "cite": "LG-41 Art.41"}
        ],
        "tables": [
            {
                "id": "rate",
                "label": LABEL,
                "takes": [{"id": "tonnes", "type": "decimal", "min": "0"}],
                "rows": [
                    {"when": {"tonnes": {"below": "50"}}, "gives": "1", "cite": "LG-41 Art.41"},
                    {"when": {"tonnes": {"from": "50"}}, "gives": "0.9", "cite": "LG-42 Art.42"},
                ],
            }
        ],
    }
)


def _quote(**given: str) -> Any:
    difference = rule("price_difference")
    formula = Expression("loss(inputs.contract_price, inputs.downgraded_price) * rate(inputs.quantity)", words=WORDS)
    steps = (difference.steps[0].model_copy(update={"formula": formula}), *difference.steps[1:])
    return make_quote(difference.model_copy(update={"steps": steps}), case=a_case(), raw={**PRICES, **given})


def test_a_step_tells_each_call_with_its_value_the_row_taken_and_the_rule() -> None:
    # (4200.00 - 3850.00) × 0.9 = 315.00 a tonne, for 60 t 18,900.00.
    quote = _quote()

    assert quote.amount == Money(minor=1_890_000)
    assert quote.trace.steps[0].uses == (
        Used(
            call="loss(inputs.contract_price, inputs.downgraded_price)", value="350", rows=(), cites=("LG-41 Art.41",)
        ),
        Used(call="rate(inputs.quantity)", value="0.9", rows=(2,), cites=("LG-42 Art.42",)),
    )
    assert quote.trace.steps[1].uses == ()


def test_storing_a_quote_keeps_its_uses_and_one_from_before_there_were_any_is_read() -> None:
    quote = _quote(quantity="49.9")
    stored = to_json(quote)

    assert from_json(stored) == quote
    assert from_json(stored).trace.steps[0].uses[1].rows == (1,)
    for step in stored["steps"]:
        del step["uses"]
    assert from_json(stored).trace.steps[0].uses == ()
    assert from_json(stored).trace.value_of("difference") == Decimal(350)
