"""Evaluating a pack's expressions over a case: one that cannot be computed refuses the request, under a citation."""

from collections.abc import Iterator
from contextlib import contextmanager

from services.intake.entries.rules.errors import RuleFailed
from services.intake.entries.rules.values import Context
from shared.packs.language import conditions
from shared.packs.language.expression import ExpressionFailed
from shared.packs.language.types import Expr


def holds(condition: Expr | None, context: Context) -> bool:
    """Whether the condition is true here; an absent one is. Raises RuleFailed."""
    try:
        return conditions.holds(condition, context)
    except ExpressionFailed as failure:
        raise RuleFailed from failure


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
        return formula.value(context)
    except ExpressionFailed as failure:
        raise RuleFailed from failure
