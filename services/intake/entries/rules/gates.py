"""Gates of a pack: conditions that must hold, each with its code and citation."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from services.intake.entries.rules.errors import GateRefused, RuleFailed
from services.intake.entries.rules.evaluation import holds
from services.intake.entries.rules.evaluation import value as evaluated
from services.intake.entries.rules.values import Context
from shared.kernel.errors import FieldValue, Scalar, ServiceError
from shared.packs.intake.model.balances import BALANCES
from shared.packs.intake.model.fields import Gate
from shared.packs.intake.model.looks import LOOKS
from shared.packs.intake.model.standing import STANDING
from shared.packs.language.conditions import holds_or_is_true
from shared.packs.language.types import Expr

NEIGHBOURS: Final = frozenset({"clocks", "remedies", "milestones"})
"""Variables that hold what the other services published."""
MOST_VERSIONS: Final = 32


def require(
    gates: Iterable[Gate], *, context: Context, refusal: type[ServiceError] = GateRefused, as_of: Sequence[str] = ()
) -> None:
    """Raise `refusal` with the code of the first gate that applies and does not hold.

    One that reads what other services published has `as_of` among its fields: the versions that are known here. One
    that reads looks at other cases has `looks`: how many each of them found; one that reads standing facts has
    `standing`: their values; one that reads balances has `balances`: what is left of them.
    """
    for gate in gates:
        if holds_or_is_true(gate.when, context) and not _passes(gate, context):
            fields = {name: field_value(expression, context) for name, expression in gate.fields.items()}
            if as_of and any(variable[0] in NEIGHBOURS for variable in gate.that.variables):
                fields["as_of"] = list(as_of[-MOST_VERSIONS:])
            consulted = (
                (LOOKS, _looks_of(gate, context)),
                (STANDING, _standing_of(gate, context)),
                (BALANCES, _balances_of(gate, context)),
            )
            fields |= {root: read for root, read in consulted if read}
            raise refusal(code=gate.code, cite=gate.cite, title=gate.message, fields=fields)


def _looks_of(gate: Gate, context: Context) -> dict[str, Scalar]:
    """What the gate read of other cases; None for a look of which a key is absent."""
    return {name: None if answer is None else answer["count"] for name, answer in _read_by(gate, LOOKS, context)}


def _standing_of(gate: Gate, context: Context) -> dict[str, Scalar]:
    """The standing facts that the gate read; of a list its items, joined by commas."""
    found = _read_by(gate, STANDING, context)
    return {name: ", ".join(value) if isinstance(value, list) else value for name, value in found}


def _balances_of(gate: Gate, context: Context) -> dict[str, Scalar]:
    """What is left of the balances that the gate read; None without a key or a limit."""
    found = ((name, None if read is None else read["left"]) for name, read in _read_by(gate, BALANCES, context))
    return {name: None if left is None else format(left, "f") for name, left in found}


def _read_by(gate: Gate, root: str, context: Context) -> Iterator[tuple[str, Any]]:
    """What the condition read behind `root`, by name."""
    known = context.get(root)
    read = {variable[1] for variable in gate.that.variables if variable[0] == root and len(variable) > 1}
    if isinstance(known, Mapping):
        yield from ((name, known[name]) for name in sorted(read & known.keys()))


def _passes(gate: Gate, context: Context) -> bool:
    """A gate that cannot be evaluated lets nothing pass."""
    try:
        return holds(gate.that, context)
    except RuleFailed:
        return False


def foreseeable(gates: Iterable[Gate]) -> tuple[Gate, ...]:
    """The gates that can be judged before anything is entered; what is read of other records is read at `at`."""
    return tuple(gate for gate in gates if not any(_reads_input(expression) for expression in gate.expressions()))


def _reads_input(expression: Expr) -> bool:
    return any(variable[0] in {"input", "at", "event", LOOKS, STANDING, BALANCES} for variable in expression.variables)


def field_value(expression: Expr, context: Context) -> FieldValue:
    """What an expression yields, as a field of a problem; None when it yields nothing."""
    try:
        value = evaluated(expression, context)
    except RuleFailed:
        return None
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else format(value, "f")
    if isinstance(value, list):
        return [str(item) for item in value]
    return str(value)
