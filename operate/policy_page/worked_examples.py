"""A remedy's calculation with the numbers of one of the pack's scenarios, computed as the service computes it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from operate.policy_page.decision_tables import rules_of
from operate.scenarios.format import Request, Scenario
from operate.scenarios.format import Step as ScenarioStep
from operate.scenarios.located import ScenarioInvalid, read
from operate.scenarios.verbs.quote import Quote
from operate.scenarios.verbs.register import Register
from operate.scenarios.verbs.step import Step as StepVerb
from services.settlement.calculation.rules.formula import Trace, compute
from services.settlement.calculation.rules.inputs import read_inputs
from shared.kernel.errors import ServiceError
from shared.kernel.money import Money, rounded, split_tax
from shared.packs.intake.model.section import IntakeSection
from shared.packs.settlement.model.approval import Approval, row_up_to, rows_in, table_for
from shared.packs.settlement.model.section import Remedy, SettlementSection


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """A quote that a scenario makes: the remedy, its inputs, the case's facts so far as the file tells them."""

    scenario: str
    file: str
    rules: tuple[str, ...]
    remedy: str
    case_type: str
    inputs: Mapping[str, Any]
    facts: Mapping[str, object]
    expected: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkedExample:
    """A calculation from inputs to result. `expected` is the amount that the scenario's author worked out."""

    quoted: Quoted
    trace: Trace
    result: str
    net: str | None
    tax: str | None
    approval: Approval | None


def worked_example(remedy: Remedy, settlement: SettlementSection, quotes: tuple[Quoted, ...]) -> WorkedExample | None:
    """The first quote that can be computed, those before others that prove the remedy's rule and state an amount."""
    cited = set(rules_of(remedy.cite))

    def is_worse(quoted: Quoted) -> tuple[bool, bool]:
        return quoted.expected is None or Decimal(quoted.expected) == 0, cited.isdisjoint(quoted.rules)

    for quoted in sorted((each for each in quotes if each.remedy == remedy.id), key=is_worse):
        try:
            inputs = read_inputs(remedy, raw=quoted.inputs, context={"facts": quoted.facts})
            trace = compute(remedy, inputs)
        except ServiceError:
            continue
        return _worked(remedy, settlement, quoted, trace)
    return None


def _worked(remedy: Remedy, settlement: SettlementSection, quoted: Quoted, trace: Trace) -> WorkedExample:
    result = trace.value_of(remedy.result)
    amount = rounded(result, currency=remedy.currency) if remedy.mode == "money" else None
    split = split_tax(amount, rate=remedy.tax.rate, rounding=remedy.tax.rounding) if amount and remedy.tax else None
    worth = result if remedy.mode == "money" else trace.value_of(remedy.value) if remedy.value else None
    return WorkedExample(
        quoted=quoted,
        trace=trace,
        result=_told(amount) if amount else trace.step(remedy.result).value,
        net=_told(split[0]) if split else None,
        tax=_told(split[1]) if split else None,
        approval=None if worth is None else _row(settlement, remedy, quoted, worth),
    )


def _told(amount: Money) -> str:
    return f"{amount.decimal():,f} {amount.currency}"


def _row(settlement: SettlementSection, remedy: Remedy, quoted: Quoted, worth: Decimal) -> Approval | None:
    table = table_for(settlement.approval, remedy=remedy.id, case_type=quoted.case_type)
    return row_up_to(rows_in(table, remedy.currency), worth)


def quotes_of(folder: Path, intake: IntakeSection) -> tuple[Quoted, ...]:
    """The quotes that succeed in the pack's scenarios, in the order of files and steps; faulty files are left out."""
    found: list[Quoted] = []
    for file in sorted((folder / "scenarios").glob("*.yaml")):
        try:
            scenario = read(file).parse(Scenario)
        except ScenarioInvalid:
            continue
        found += _quotes(scenario, intake, file=f"scenarios/{file.name}")
    return tuple(found)


def _quotes(scenario: Scenario, intake: IntakeSection, *, file: str) -> Iterator[Quoted]:
    facts: dict[str, dict[str, object]] = {}
    types: dict[str, str] = {}
    latest = ""
    for step, request in ((one, request) for one in scenario.steps for request in one.requests()):
        verb = request.verb()
        if request.refused is not None or step.refused is not None:
            continue
        match verb:
            case Register():
                latest = verb.name or request.case or step.case or "case"
                facts[latest], types[latest] = _initial(intake, verb), verb.case_type
            case StepVerb():
                _take(intake, verb, facts.setdefault(request.case or step.case or latest, {}))
            case Quote():
                yield Quoted(
                    scenario=scenario.scenario,
                    file=file,
                    rules=tuple(scenario.rules),
                    remedy=verb.remedy,
                    case_type=types.get(request.case or step.case or latest, ""),
                    inputs=verb.inputs,
                    facts=dict(facts.get(request.case or step.case or latest, {})),
                    expected=_expected(step, request, verb.remedy),
                )


def _initial(intake: IntakeSection, verb: Register) -> dict[str, object]:
    """The facts of a new case as they are entered, or as they are at first."""
    initial = {fact.id: fact.initial for fact in intake.facts if fact.initial is not None}
    return {**initial, **verb.facts}


def _take(intake: IntakeSection, verb: StepVerb, facts: dict[str, object]) -> None:
    """What a step sets, so far as the file alone tells it."""
    step = intake.steps_by_id.get(verb.id)
    if step is None:
        return
    before = dict(facts)
    for fact, value in step.set.items():
        try:
            facts[fact] = value.value({"facts": before, "input": verb.input})
        except ServiceError:
            continue


def _expected(step: ScenarioStep, request: Request, remedy: str) -> str | None:
    """The amount that the file expects of the remedy, without separators."""
    for wanted in (request.wanted(), step.wanted()):
        expectation = wanted.get("remedies", {}).get(remedy)
        amount = getattr(expectation, "amount", None)
        if isinstance(amount, str):
            return amount.replace(",", "")
    return None
