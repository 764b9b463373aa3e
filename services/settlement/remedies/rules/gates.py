"""The gates of a pack before an action. A gate that cannot be evaluated does not hold: an error never moves money."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.kernel.errors import Conflict
from shared.packs.language.expression import ExpressionFailed
from shared.packs.settlement.model import Gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A gate and whether it holds now."""

    gate: Gate
    holds: bool


def evaluate(gates: Sequence[Gate], context: Mapping[str, object]) -> tuple[Checked, ...]:
    """Every gate, none skipped; what `explain` shows and `require` decides by."""
    return tuple(Checked(gate=gate, holds=_holds(gate, context)) for gate in gates)


def require(gates: Sequence[Gate], context: Mapping[str, object]) -> None:
    """Raise the refusal of the first gate that does not hold."""
    for checked in evaluate(gates, context):
        if not checked.holds:
            gate = checked.gate
            raise Conflict(code=gate.code, title=gate.message, cite=gate.cite)


def by_need_of_inputs(gates: Sequence[Gate]) -> tuple[tuple[Gate, ...], tuple[Gate, ...]]:
    """The gates that can be checked before any input is read, and the others."""
    late = tuple(gate for gate in gates if any(variable[0] == "inputs" for variable in gate.that.variables))
    return tuple(gate for gate in gates if gate not in late), late


def _holds(gate: Gate, context: Mapping[str, object]) -> bool:
    try:
        return gate.that.holds(context)
    except ExpressionFailed:
        return False
