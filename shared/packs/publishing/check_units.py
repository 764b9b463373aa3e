"""Whether what expressions add, compare and set has one unit, as far as the pack declares units."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from shared.packs.language.diagnostics import Diagnostic, Severity
from shared.packs.language.expression import Expression
from shared.packs.language.expression_measures import Disagreement, Measure, agreed, may_disagree, measured
from shared.packs.language.expression_tokens import Variable
from shared.packs.language.expressions_in import expressions
from shared.packs.language.shapes import at
from shared.packs.language.types import Path
from shared.packs.language.units import Unit, unit_from
from shared.packs.publishing.draft import Draft
from shared.packs.publishing.variable_parts import Shapes
from shared.packs.publishing.variables import Variables
from shared.packs.settlement.model.inputs import Column, Input
from shared.packs.settlement.model.section import Remedy, SettlementSection
from shared.packs.sla.model.section import SlaSection

_SEVERITY: Final[Mapping[str, Severity]] = {"unit_mismatch": "error", "bare_number": "warning"}
_OF_INPUT: Final = frozenset({"taken_from", "min", "max"})
_LENGTH: Final = 5
"""Of `remedies[0].inputs[2].max`; one of a column is longer."""


def check_units(draft: Draft) -> Iterator[Diagnostic]:
    """An error for each pair of units that do not agree, a warning for a number that is written without its unit."""
    variables = Variables(draft)
    settlement = draft.part("settlement", SettlementSection)
    remedies = [_Remedy(remedy) for remedy in settlement.remedies] if settlement is not None else []
    for key, section in draft.parts.items():
        for path, expression in expressions(section):
            is_remedys = key == "settlement" and path[0] == "remedies"
            summed = section.unit_of_sum(path) if isinstance(section, SlaSection) else None
            place = _Place(variables.at(key, path), remedies[int(path[1])] if is_remedys else None, summed)
            for found in _found(expression, path, place):
                yield Diagnostic(
                    severity=_SEVERITY[found.kind], code=found.kind, section=key, path=path, message=found.message
                )


@dataclass
class _Remedy:
    """The units of a remedy's inputs, and of its steps as far as they are read."""

    rule: Remedy
    steps: dict[str, Unit] = field(default_factory=dict)

    def unit(self, variable: Variable) -> Unit | None:
        match variable:
            case ("steps", step):
                return self.steps.get(step)
            case ("looks", _, "sum"):
                return unit_from(self.rule.currency)
            case ("inputs", name):
                return self._of(next((each for each in self.rule.inputs if each.id == name), None))
            case ("inputs", table, "#", name):
                columns = (column for each in self.rule.inputs if each.id == table for column in each.columns)
                return self._of(next((column for column in columns if column.id == name), None))
            case _:
                return None

    def _of(self, given: Input | Column | None) -> Unit | None:
        if given is None or given.type not in ("money", "decimal", "integer"):
            return None
        text = given.unit or (self.rule.currency if given.type == "money" else None)
        return None if text is None else unit_from(text)


@dataclass(frozen=True)
class _Place:
    """What is known of the variables of an expression."""

    shapes: Shapes
    remedy: _Remedy | None
    summed: str | None
    """The unit of the sum whose amount the expression is."""

    def unit(self, variable: Variable) -> Unit | None:
        if self.remedy is not None and (known := self.remedy.unit(variable)) is not None:
            return known
        text = at(self.shapes, variable).unit
        return None if text is None else unit_from(text)

    def wanted(self, path: Path) -> Unit | None:
        """The unit of what the expression's value is put into or compared with."""
        if self.summed is not None:
            return unit_from(self.summed)
        if len(path) > 1 and path[-2] == "set":
            return self.unit(("facts", str(path[-1])))
        if self.remedy is None:
            return None
        rule = self.remedy.rule
        if path[-1] in _OF_INPUT and len(path) == _LENGTH and path[2] == "inputs":
            return self.unit(("inputs", rule.inputs[int(path[3])].id))
        is_result = self.step(path) == rule.result and rule.mode == "money"
        return unit_from(rule.currency) if is_result else None

    def step(self, path: Path) -> str | None:
        """The step whose formula stands at `path`."""
        is_formula = self.remedy is not None and path[2:3] == ("steps",) and path[-1] == "formula"
        return self.remedy.rule.steps[int(path[3])].id if self.remedy is not None and is_formula else None


def _found(expression: Expression, path: Path, place: _Place) -> Iterator[Disagreement]:
    reads = any(place.unit(variable) for variable in (*expression.variables, *expression.elements))
    if not reads and not may_disagree(expression.spelled):
        return
    value, found = measured(expression.spelled, expression.words.tables, place.unit)
    yield from found
    if (step := place.step(path)) is not None and place.remedy is not None and value is not None and not value.bare:
        place.remedy.steps[step] = value.unit
    if (wanted := place.wanted(path)) is not None:
        yield from agreed(value, Measure(wanted))
