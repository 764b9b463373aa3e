"""The step table: one function both computes an amount and explains it.

Each step keeps its formula, the exact value that came out and the value after its named rounding. The exact value
has at most 28 significant digits, the precision of the pack language.
"""

from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Final

from services.settlement.calculation.rules.decimals import plain
from services.settlement.calculation.rules.errors import FormulaFailed
from services.settlement.calculation.rules.inputs import Given
from shared.kernel.money import ROUNDING_MODES, Rounding, exponent, rounded
from shared.packs.language.expression import ExpressionFailed
from shared.packs.settlement.model.section import Remedy, Round, Step

_EXACT: Final = Context(prec=60)
_PRECISION: Final = Context(prec=28)


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """One step carried out. `unrounded` and `value` are decimal text; `rule` and `digits` name the rounding."""

    id: str
    formula: str
    unrounded: str
    value: str
    rule: Rounding | None
    digits: int | None
    cite: str

    def number(self) -> Decimal:
        """The value after rounding."""
        return Decimal(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A whole calculation, from inputs to result."""

    inputs: tuple[Given, ...]
    steps: tuple[Computed, ...]

    def step(self, step_id: str) -> Computed:
        """A step that the remedy declares."""
        return next(step for step in self.steps if step.id == step_id)

    def value_of(self, step_id: str) -> Decimal:
        """The value of a step that the remedy declares."""
        return self.step(step_id).number()


def compute(remedy: Remedy, inputs: tuple[Given, ...]) -> Trace:
    """Carry out all steps of `remedy`. Raises FormulaFailed when one has no finite value."""
    values: dict[str, object] = {given.id: given.value for given in inputs}
    done: dict[str, object] = {}
    steps: list[Computed] = []
    for step in remedy.steps:
        computed = _carry_out(step, {"inputs": values, "steps": done}, currency=remedy.currency)
        done[step.id] = computed.number()
        steps.append(computed)
    return Trace(inputs=inputs, steps=tuple(steps))


def _carry_out(step: Step, context: dict[str, object], *, currency: str) -> Computed:
    try:
        exact = _PRECISION.plus(step.formula.decimal(context))
    except ExpressionFailed as failure:
        raise FormulaFailed(
            detail=f"step {step.id} has no result", cite=step.cite, fields={"step": step.id}
        ) from failure
    digits = None if step.round is None else _digits(step.round, currency)
    value = plain(exact) if step.round is None else _rounded(exact, step.round, currency=currency)
    return Computed(
        id=step.id,
        formula=str(step.formula),
        unrounded=plain(exact),
        value=value,
        rule=None if step.round is None else step.round.rule,
        digits=digits,
        cite=step.cite,
    )


def _digits(rounding: Round, currency: str) -> int:
    return exponent(currency) if rounding.to == "currency" else rounding.to


def _rounded(exact: Decimal, rounding: Round, *, currency: str) -> str:
    if rounding.to == "currency":
        return format(rounded(exact, currency=currency, rounding=rounding.rule).decimal(), "f")
    unit = Decimal(1).scaleb(-rounding.to)
    return format(exact.quantize(unit, rounding=ROUNDING_MODES[rounding.rule], context=_EXACT), "f")
