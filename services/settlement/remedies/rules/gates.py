"""The gates of a pack before an action. A gate that cannot be evaluated does not hold: no error moves money."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.kernel.errors import Conflict
from shared.packs.language.conditions import holds_or_is_false
from shared.packs.settlement.model.section import Gate


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedGate:
    """A gate and whether it holds now."""

    gate: Gate
    holds: bool


def check_gates(gates: Sequence[Gate], context: Mapping[str, object]) -> tuple[CheckedGate, ...]:
    """Every gate with its outcome; the explanation shows them, `require_gates` decides by them."""
    return tuple(CheckedGate(gate=gate, holds=holds_or_is_false(gate.that, context)) for gate in gates)


def require_gates(gates: Sequence[Gate], context: Mapping[str, object]) -> None:
    """Raise the refusal of the first gate that does not hold."""
    for checked in check_gates(gates, context):
        if not checked.holds:
            gate = checked.gate
            raise Conflict(code=gate.code, title=gate.message, cite=gate.cite)


def gates_by_need_of_inputs(gates: Sequence[Gate]) -> tuple[tuple[Gate, ...], tuple[Gate, ...]]:
    """The gates that read no input, and the others."""
    late = tuple(gate for gate in gates if any(variable[0] == "inputs" for variable in gate.that.variables))
    return tuple(gate for gate in gates if gate not in late), late
