"""Amounts of different currencies are never compared by number: an expression that reads one asks its currency too."""

from collections.abc import Iterator
from typing import Final

from shared.packs.language.diagnostics import Diagnostic
from shared.packs.language.expression import Expression
from shared.packs.language.expression_tokens import Variable
from shared.packs.language.expressions_in import expressions
from shared.packs.publishing.draft import Draft
from shared.packs.settlement.model.section import SettlementSection

_AMOUNTS: Final[dict[Variable, tuple[Variable, Variable]]] = {
    ("event", "amount", "minor"): (("event", "amount", "currency"), ("event", "remedy")),
    ("event", "amount_minor"): (("event", "currency"), ("event", "remedy")),
    ("remedies", "#", "amount_minor"): (("remedies", "#", "currency"), ("remedies", "#", "remedy")),
}
"""An amount in minor units, its currency, and the name of its remedy."""


def check_amounts(draft: Draft) -> Iterator[Diagnostic]:
    """An error for each expression that reads an amount and not its currency, where remedies have several."""
    settlement = draft.part("settlement", SettlementSection)
    currencies = {remedy.id: remedy.currency for remedy in settlement.remedies} if settlement is not None else {}
    used = sorted(set(currencies.values()))
    if len(used) < 2:  # noqa: PLR2004 (with one currency every number is comparable)
        return
    for key in ("intake", "notify"):
        for path, expression in expressions(draft.parts.get(key)):
            for amount in _alone(expression, currencies):
                shown = ".".join(amount)
                message = f"remedies are in {' and '.join(used)}: compare `{shown}` only together with its currency"
                yield Diagnostic(severity="error", code="currencies_mixed", section=key, path=path, message=message)


def _alone(expression: Expression, currencies: dict[str, str]) -> Iterator[Variable]:
    """The amounts that an expression reads without asking for one currency or for remedies of one currency."""
    read = {*expression.variables, *expression.elements}
    for amount, (currency, remedy) in _AMOUNTS.items():
        named = {currencies.get(word) for variable, word in expression.compared if variable == remedy}
        if amount in read and currency not in read and len(named) != 1:
            yield amount
