"""Evaluating a pack's expressions over a case: each is given just what it reads.

A context is converted for the engine on every evaluation, which costs more than the evaluation itself.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from services.intake.entries.rules.errors import RuleFailed
from services.intake.entries.rules.values import Context
from shared.packs.language.expression import ExpressionFailed
from shared.packs.language.types import Expr


def holds(condition: Expr | None, context: Context) -> bool:
    """Whether the condition is true here; an absent one is. Raises RuleFailed."""
    if condition is None:
        return True
    try:
        return condition.holds(_seen_by(condition, context))
    except ExpressionFailed as failure:
        raise RuleFailed from failure


def holds_or_fails(condition: Expr | None, context: Context) -> bool:
    """For conditions under which more is demanded: one that cannot be computed demands it."""
    try:
        return holds(condition, context)
    except RuleFailed:
        return True


@contextmanager
def cited(cite: str) -> Iterator[None]:
    """What fails inside fails under this rule, unless it has a rule of its own."""
    try:
        yield
    except RuleFailed as refusal:
        raise refusal.citing(refusal.cite or cite) from refusal.__cause__


def value(formula: Expr, context: Context) -> object:
    """What the formula yields here. Raises RuleFailed."""
    try:
        return formula.value(_seen_by(formula, context))
    except ExpressionFailed as failure:
        raise RuleFailed from failure


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
