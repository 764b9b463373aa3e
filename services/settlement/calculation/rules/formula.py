"""The step table: one function both computes an amount and explains it.

Each step keeps its formula, the exact value that came out and the value after its named rounding. The exact value
has at most 28 significant digits, the precision of the pack language.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Context, Decimal
from typing import Final

from services.settlement.calculation.rules.decimals import plain
from services.settlement.calculation.rules.errors import FormulaFailed
from services.settlement.calculation.rules.inputs import Given
from shared.kernel.money import ROUNDING_MODES, Rounding, exponent, rounded
from shared.packs.language.expression import Expression, ExpressionFailed
from shared.packs.language.uses import Use, uses_of
from shared.packs.settlement.model.section import Remedy, Round, Step

_EXACT: Final = Context(prec=60)
_PRECISION: Final = Context(prec=28)


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """A definition or table of the pack in a step: the call as it is written, what it gave (None: nothing), why."""

    call: str
    value: str | bool | None
    rows: tuple[int, ...]
    cites: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """A step that another one chose from: its value as rounded there, and whether it is the one that was taken."""

    step: str
    value: str
    taken: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """One step carried out. `unrounded` and `value` are decimal text; `rule` and `digits` name the rounding.

    `alternatives` are those of a step that takes the best of several; none of a formula.
    """

    id: str
    formula: str
    unrounded: str
    value: str
    rule: Rounding | None
    digits: int | None
    cite: str
    uses: tuple[Used, ...] = ()
    alternatives: tuple[Alternative, ...] = ()

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
    done: dict[str, Decimal] = {}
    steps: list[Computed] = []
    for step in remedy.steps:
        if step.formula is None:
            computed = _best(step, done, currency=remedy.currency)
        else:
            computed = _evaluated(step, step.formula, {"inputs": values, "steps": done}, currency=remedy.currency)
        done[step.id] = computed.number()
        steps.append(computed)
    return Trace(inputs=inputs, steps=tuple(steps))


def _best(step: Step, done: Mapping[str, Decimal], *, currency: str) -> Computed:
    """The greatest of the steps that are named, which have all been computed; of equals the first."""
    taken = max(step.best_of, key=lambda name: done[name])
    alternatives = tuple(Alternative(step=name, value=plain(done[name]), taken=name == taken) for name in step.best_of)
    return replace(_computed(step, done[taken], currency=currency), alternatives=alternatives)


def _evaluated(step: Step, formula: Expression, context: Mapping[str, object], *, currency: str) -> Computed:
    try:
        exact = _PRECISION.plus(formula.decimal(context))
    except ExpressionFailed as failure:
        raise FormulaFailed(
            detail=f"step {step.id} has no result", cite=step.cite, fields={"step": step.id}
        ) from failure
    uses = tuple(map(_used, uses_of(formula, context)))
    return replace(_computed(step, exact, currency=currency), uses=uses)


def _computed(step: Step, exact: Decimal, *, currency: str) -> Computed:
    digits = None if step.round is None else _digits(step.round, currency)
    value = plain(exact) if step.round is None else _rounded(exact, step.round, currency=currency)
    return Computed(
        id=step.id,
        formula=step.written,
        unrounded=plain(exact),
        value=value,
        rule=None if step.round is None else step.round.rule,
        digits=digits,
        cite=step.cite,
    )


def _used(use: Use) -> Used:
    value = plain(use.value) if isinstance(use.value, Decimal) else use.value
    told = value if value is None or isinstance(value, bool) else str(value)
    return Used(call=use.call, value=told, rows=use.rows, cites=use.cites)


def _digits(rounding: Round, currency: str) -> int:
    return exponent(currency) if rounding.to == "currency" else rounding.to


def _rounded(exact: Decimal, rounding: Round, *, currency: str) -> str:
    if rounding.to == "currency":
        return format(rounded(exact, currency=currency, rounding=rounding.rule).decimal(), "f")
    unit = Decimal(1).scaleb(-rounding.to)
    return format(exact.quantize(unit, rounding=ROUNDING_MODES[rounding.rule], context=_EXACT), "f")
