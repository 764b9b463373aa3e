"""A quote as JSON, decimals as text: what `to_json` writes, `from_json` reads back equal."""

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from services.settlement.calculation.rules.decimals import plain
from services.settlement.calculation.rules.formula import Alternative, Computed, Trace, Used
from services.settlement.calculation.rules.inputs import Given, Value
from services.settlement.calculation.rules.quote import Figure, Quote, Split
from shared.kernel.money import Money
from shared.kernel.text import Text


def to_json(quote: Quote) -> dict[str, Any]:
    """What the `quote` column holds."""
    return {
        "pack": quote.pack,
        "policy_version": quote.policy_version,
        "inputs": [_input_json(given) for given in quote.trace.inputs],
        "steps": [
            {
                "id": step.id,
                "formula": step.formula,
                "unrounded": step.unrounded,
                "value": step.value,
                "rule": step.rule,
                "digits": step.digits,
                "cite": step.cite,
                "uses": [asdict(use) for use in step.uses],
                "alternatives": [asdict(each) for each in step.alternatives],
            }
            for step in quote.trace.steps
        ],
        "currency": quote.amount.currency,
        "amount": quote.amount.minor,
        "worth": None if quote.worth is None else quote.worth.minor,
        "quantity": None if quote.quantity is None else plain(quote.quantity),
        "unit": quote.unit,
        "split": None if quote.split is None else [quote.split.net.minor, quote.split.tax.minor],
        "figures": [
            {
                "id": figure.id,
                "label": {"zh": figure.label.zh, "en": figure.label.en},
                "value": figure.value,
                "amount": None if figure.amount is None else figure.amount.minor,
                "unit": figure.unit,
            }
            for figure in quote.figures
        ],
        "quote_hash": quote.quote_hash,
    }


def from_json(stored: dict[str, Any]) -> Quote:
    """The quote that `to_json` stored."""
    currency: str = stored["currency"]

    def money(minor: int) -> Money:
        return Money(minor=minor, currency=currency)

    split: list[int] | None = stored["split"]
    return Quote(
        pack=stored["pack"],
        policy_version=stored["policy_version"],
        trace=Trace(
            inputs=tuple(map(_input, stored["inputs"])),
            steps=tuple(map(_step, stored["steps"])),
        ),
        amount=money(stored["amount"]),
        worth=None if stored["worth"] is None else money(stored["worth"]),
        quantity=None if stored["quantity"] is None else Decimal(stored["quantity"]),
        unit=stored["unit"],
        split=None if split is None else Split(net=money(split[0]), tax=money(split[1])),
        figures=tuple(_figure(figure, currency) for figure in stored.get("figures", ())),
        quote_hash=stored["quote_hash"],
    )


def _step(stored: dict[str, Any]) -> Computed:
    uses = (Used(**{**use, "rows": tuple(use["rows"]), "cites": tuple(use["cites"])}) for use in stored.get("uses", ()))
    alternatives = (Alternative(**each) for each in stored.get("alternatives", ()))
    return Computed(**{**stored, "uses": tuple(uses), "alternatives": tuple(alternatives)})


def _figure(stored: dict[str, Any], currency: str) -> Figure:
    minor: int | None = stored["amount"]
    amount = None if minor is None else Money(minor=minor, currency=currency)
    return Figure(
        id=stored["id"], label=Text(**stored["label"]), value=stored["value"], amount=amount, unit=stored["unit"]
    )


def _input_json(given: Given) -> dict[str, Any]:
    stored = {"id": given.id, "source": given.source}
    if isinstance(given.value, tuple):
        decimals = {name for row in given.value for name, cell in row.items() if isinstance(cell, Decimal)}
        return {**stored, "rows": given.rows(), "decimals": sorted(decimals)}
    return {**stored, "value": given.text(), "decimal": isinstance(given.value, Decimal)}


def _input(stored: dict[str, Any]) -> Given:
    return Given(id=stored["id"], value=_value(stored), source=stored["source"])


def _value(stored: dict[str, Any]) -> Value:
    if "rows" not in stored:
        return Decimal(stored["value"]) if stored["decimal"] else stored["value"]
    decimals = frozenset(stored["decimals"])
    return tuple(
        {name: Decimal(cell) if name in decimals and cell is not None else cell for name, cell in row.items()}
        for row in stored["rows"]
    )
