"""Whether formulas and gates read only what the rows of a table have, and compare choices only with each other."""

from collections.abc import Iterator

from shared.packs.language.expression_tokens import ELEMENT, Variable
from shared.packs.language.types import Expr, Path, Placed
from shared.packs.settlement.model.inputs import Column, Input
from shared.packs.settlement.model.section import Remedy, SettlementSection


def table_errors(section: SettlementSection) -> Iterator[Placed]:
    """What formulas and gates read of inputs that these have not, with the place in the section."""
    named: dict[str, tuple[Path, Expr]] = {
        gate.id: (("gates", i, "that"), gate.that) for i, gate in enumerate(section.gates)
    }
    found: dict[Placed, None] = {}
    for i, remedy in enumerate(section.remedies):
        for path, expression in _reading(remedy, ("remedies", i), named):
            found |= dict.fromkeys((path, fault) for fault in _misread(expression, remedy))
    yield from found


def _reading(remedy: Remedy, path: Path, named: dict[str, tuple[Path, Expr]]) -> Iterator[tuple[Path, Expr]]:
    """What a remedy evaluates; of a gate that several remedies share the place where it is written."""
    for i, step in enumerate(remedy.steps):
        if step.formula is not None:
            yield (*path, "steps", i, "formula"), step.formula
    for action in type(remedy.require).model_fields:
        for i, gate in enumerate(getattr(remedy.require, action)):
            where = (*path, "require", action, i)
            if not isinstance(gate, str):
                yield (*where, "that"), gate.that
            elif gate in named:
                yield named[gate]


def _misread(expression: Expr, remedy: Remedy) -> Iterator[str]:
    inputs = {declared.id: declared for declared in remedy.inputs}
    for variable in (*expression.variables, *expression.elements):
        if fault := _misread_name(variable, inputs):
            yield fault
    for variable, word in expression.compared:
        value = _value(variable, inputs)
        if value is not None and value.choices and word not in {choice.id for choice in value.choices}:
            yield f"`{'.'.join(variable)}` is never {word!r}"


def _misread_name(variable: Variable, inputs: dict[str, Input]) -> str | None:
    shown = ".".join(variable)
    if variable[0] == ELEMENT:
        return f"`{shown}` is of a list without columns; go through a table input"
    if variable[0] != "inputs" or len(variable) < 3 or variable[1] not in inputs:  # noqa: PLR2004 (inputs.id.more)
        return None
    if inputs[variable[1]].type != "table":
        return f"`{shown}`: `inputs.{variable[1]}` is one value, no table"
    if variable[2] != ELEMENT:
        return f"`{shown}`: a table has rows; write `map(inputs.{variable[1]}, #.{variable[2]})`"
    return None if _value(variable, inputs) is not None else f"no `{shown}`: the table has no such column"


def _value(variable: Variable, inputs: dict[str, Input]) -> Column | Input | None:
    match variable:
        case ("inputs", name):
            return inputs.get(name)
        case ("inputs", name, "#", column) if name in inputs:
            return next((each for each in inputs[name].columns if each.id == column), None)
        case _:
            return None
