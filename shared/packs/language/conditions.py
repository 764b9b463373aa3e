"""Whether a condition of a pack holds, and what one means that cannot be computed (a fact that is absent, compared).

Every place that asks a condition uses one of these functions; the name says what a failure means there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from shared.packs.language.expression import Expression, ExpressionFailed

Context = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The answer of a condition. One that cannot be computed does not hold and has a `failure`."""

    holds: bool
    failure: ExpressionFailed | None = None


_HOLDS: Final = Judgement(holds=True)
_DOES_NOT_HOLD: Final = Judgement(holds=False)


def holds(condition: Expression | None, context: Context) -> bool:
    """Whether the condition is true; an absent one is. Raises ExpressionFailed. For a step that must be computed."""
    return condition is None or condition.holds(context)


def holds_or_is_false(condition: Expression | None, context: Context) -> bool:
    """A condition that cannot be computed does not hold. For what is allowed or started: gates, goals, clocks."""
    return judged(condition, context).holds


def holds_or_is_true(condition: Expression | None, context: Context) -> bool:
    """A condition that cannot be computed holds. For what demands more: a gate's `when`, `required_when`, papers."""
    judgement = judged(condition, context)
    return judgement.holds or judgement.failure is not None


def judged(condition: Expression | None, context: Context) -> Judgement:
    """The answer with its failure. For places that log or record a failure: clocks, messages."""
    try:
        return _HOLDS if holds(condition, context) else _DOES_NOT_HOLD
    except ExpressionFailed as failure:
        return Judgement(holds=False, failure=failure)
