"""Evaluating a pack's expressions over a case: each is given just what it reads.

A context is converted for the engine on every evaluation, which costs more than the evaluation itself.
"""

from collections.abc import Mapping

from services.intake.domain.values import Context
from shared.policy.section import Expr


def holds(condition: Expr | None, context: Context) -> bool:
    """Whether the condition is true here; an absent one is."""
    return condition is None or condition.holds(_seen_by(condition, context))


def value(formula: Expr, context: Context) -> object:
    """What the formula yields here."""
    return formula.value(_seen_by(formula, context))


def _seen_by(expression: Expr, context: Context) -> dict[str, object]:
    whole: dict[str, object] = {}
    parts: dict[str, dict[str, object]] = {}
    for root, *names in expression.variables:
        thing = context.get(root)
        if names and isinstance(thing, Mapping):
            parts.setdefault(root, {})[names[0]] = thing.get(names[0])
        else:
            whole[root] = thing
    return {**parts, **whole}
