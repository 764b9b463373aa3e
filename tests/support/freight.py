"""Remedies over tables of lines: a freight subsidy, and damage on arrival that the driver pays part of."""

from functools import cache
from typing import Any

from shared.packs.settlement.model.section import Remedy, SettlementSection
from tests.support.settlement import documents


def _text(words: str) -> dict[str, str]:
    return {"zh": words, "en": words}


def _choices(*ids: str) -> list[dict[str, Any]]:
    return [{"id": name, "label": _text(name)} for name in ids]


def _step(name: str, formula: str, *, is_money: bool = False) -> dict[str, Any]:
    step = {"id": name, "label": _text(name), "formula": formula, "cite": "SK-07b P2.3"}
    return step | ({"round": {"rule": "half_up", "to": "currency"}} if is_money else {})


def _share(category: str) -> dict[str, Any]:
    """Low-value tonnes of a category in percent of its tonnes; 0 where there are none."""
    of_category = f"filter(inputs.lines, #.category == '{category}')"
    low = f"filter(inputs.lines, #.category == '{category}' and #.low_value)"
    return _step(f"low_value_{category}", f"(100 * sum(map({low}, #.tonnes)) / sum(map({of_category}, #.tonnes))) ?? 0")


def _money_remedy(name: str, **parts: Any) -> dict[str, Any]:
    return {
        "id": name,
        "label": _text(name),
        "cite": "SK-07b P2.3",
        "mode": "money",
        "zero": "recorded",
        "quote_valid_for": {"amount": 30, "unit": "day"},
        "payout": documents()["remedies"][0]["payout"],
        "postings": documents()["remedies"][0]["postings"],
    } | parts


LINES: dict[str, Any] = {
    "id": "lines",
    "label": _text("lines"),
    "type": "table",
    "columns": [
        {
            "id": "category",
            "label": _text("category"),
            "type": "text",
            "choices": _choices("decoration", "furniture", "latex", "wood", "adhesive", "engineering"),
        },
        {"id": "tonnes", "label": _text("tonnes"), "type": "decimal", "unit": "t", "min": "0"},
        {"id": "low_value", "label": _text("low value"), "type": "boolean"},
        {"id": "note", "label": _text("note"), "type": "text", "required": False},
    ],
}
RATE: dict[str, Any] = {"id": "rate", "label": _text("rate"), "type": "money", "unit": "CNY/t", "min": "0"}

SUBSIDY = _money_remedy(
    "freight_subsidy",
    inputs=[RATE, LINES],
    steps=[
        _share("latex"),
        _share("wood"),
        _step(
            "eligible_tonnes",
            "sum(map(filter(inputs.lines, #.category not in ['adhesive', 'engineering']"
            " and not (#.category == 'latex' and steps.low_value_latex > 40)"
            " and not (#.category == 'wood' and steps.low_value_wood > 20)), #.tonnes))",
        ),
        _step("subsidy", "max([0, inputs.rate - 600]) * steps.eligible_tonnes", is_money=True),
        _step("freight", "inputs.rate * sum(map(inputs.lines, #.tonnes))", is_money=True),
    ],
    result="subsidy",
    figures=[
        {"step": "eligible_tonnes", "label": {"zh": "可补贴吨数", "en": "Tonnes with a subsidy"}, "unit": "t"},
        {"step": "freight", "label": {"zh": "运费", "en": "Freight"}},
    ],
)


def _damage(name: str, *, slip: str, deducted: str) -> dict[str, Any]:
    return _money_remedy(
        name,
        cite="SK-09a P2.3",
        inputs=[
            {"id": "damage", "label": _text("damage"), "type": "money", "min": "0"},
            {"id": "freight", "label": _text("freight"), "type": "money", "min": "0"},
        ],
        steps=[
            _step("deducted", deducted, is_money=True),
            _step("customer_pays", "inputs.freight - steps.deducted", is_money=True),
            _step("slip", slip, is_money=True),
        ],
        result="slip",
        figures=[
            {"step": "deducted", "label": {"zh": "承运人承担", "en": "The carrier bears"}},
            {"step": "customer_pays", "label": {"zh": "客户应付承运人", "en": "The customer pays the carrier"}},
        ],
    )


REMAINDER = _damage(
    "damage_remainder", deducted="min([inputs.damage, inputs.freight])", slip="inputs.damage - steps.deducted"
)
WHOLE = _damage(
    "damage_whole",
    deducted="inputs.damage > inputs.freight ? 0 : inputs.damage",
    slip="inputs.damage > inputs.freight ? inputs.damage : 0",
)


def freight_document() -> dict[str, Any]:
    """The steel pack's approval table and accounts with these remedies instead of its own."""
    return {**documents(), "remedies": [SUBSIDY, REMAINDER, WHOLE]}


@cache
def freight_section() -> SettlementSection:
    return SettlementSection.parse(freight_document())


def freight_rule(name: str) -> Remedy:
    found = freight_section().remedy(name)
    assert found is not None
    return found


def line(category: str, tonnes: str, *, low_value: bool = False) -> dict[str, Any]:
    return {"category": category, "tonnes": tonnes, "low_value": low_value}
