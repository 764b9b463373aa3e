"""The calculation sheet of a remedy: every input, step, rounding, tax figure, approval and gate with its article."""

from dataclasses import asdict
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel

from services.settlement.approvals.views import ApprovalRowView, approval_row_view
from services.settlement.calculation.rules.decimals import plain
from services.settlement.calculation.rules.inputs import Source, cell_text
from services.settlement.calculation.rules.quote import Quote
from services.settlement.calculation.views import MoneyView, money_view
from services.settlement.explanations.use_cases.explain_remedy import Explanation
from services.settlement.looks.views import LookView, look_views
from services.settlement.payouts.views import PayoutView, payout_view
from services.settlement.remedies.views import RemedyView, remedy_view
from shared.kernel.money import exponent
from shared.kernel.text import Text
from shared.packs.settlement.model.inputs import Column
from shared.packs.settlement.model.section import Action, Tax
from shared.packs.settlement.model.section import Remedy as Rule
from shared.platform.http.one_of import one_of


class ColumnView(BaseModel):
    """What a column of a table holds."""

    id: str
    label: Text
    type: str
    unit: str | None


class InputView(BaseModel):
    """One input and where its value came from: `given` by the caller, the `case`, or `absent`.

    A table has `columns` and `rows` and no `value`.
    """

    id: str
    label: Text
    type: str
    unit: str | None
    value: str | bool | None
    columns: list[ColumnView]
    rows: list[dict[str, str | bool | None]]
    source: Annotated[str, one_of(Source)]
    taken_from: str | None


class RoundingView(BaseModel):
    """A named rounding."""

    rule: str
    digits: int


class UseView(BaseModel):
    """A definition or table of the pack that a formula called: what it gave, the rows taken (from 1), the rules."""

    call: str
    value: str | bool | None
    rows: list[int]
    cites: list[str]


class AlternativeView(BaseModel):
    """A step that was compared with others for the customer: its value as rounded there, and whether it was taken."""

    step: str
    label: Text
    value: str
    taken: bool
    cite: str


class StepView(BaseModel):
    """One step: its formula, the exact value, and the value after rounding; `uses` are the pack's own words in it.

    A step that takes the best of several lists all of them.
    """

    id: str
    label: Text
    formula: str
    unrounded: str
    value: str
    rounding: RoundingView | None
    cite: str
    uses: list[UseView]
    alternatives: list[AlternativeView]


class TaxView(BaseModel):
    """How the gross amount splits; tax is the remainder, so that both sum to it."""

    rate: str
    net: MoneyView
    tax: MoneyView
    gross: MoneyView
    certificate: str | None
    cite: str


class GateView(BaseModel):
    """A condition before an action and whether it holds now."""

    action: Annotated[str, one_of(Action)]
    code: str
    that: str
    holds: bool
    message: Text
    cite: str


class ExplanationView(BaseModel):
    """Everything behind one remedy. `reproduced`: computing it again gave the same, step by step.

    `payout` is the newest call to the ERP, `earlier_payouts` are those that were reversed.
    `as_of` is the version of the case that the gates are judged by: `case/<id>@<version>`.
    """

    remedy: RemedyView
    policy: str
    inputs: list[InputView]
    steps: list[StepView]
    tax: TaxView | None
    approval: ApprovalRowView
    looks: list[LookView]
    gates: list[GateView]
    payout: PayoutView | None
    earlier_payouts: list[PayoutView]
    quote_hash: str
    reproduced: bool
    as_of: list[str]
    cite: str


def explanation_view(explanation: Explanation) -> ExplanationView:
    """The sheet for a reader."""
    shown = explanation.shown
    payouts = [payout_view(payout) for payout in explanation.payouts]
    rule, quote = shown.rule, shown.remedy.quote
    return ExplanationView(
        remedy=remedy_view(shown),
        policy=f"{quote.pack}@{quote.policy_version}",
        inputs=_inputs(rule, quote),
        steps=[*_steps(rule, quote), *_tax_steps(rule, quote)],
        tax=_tax(rule, quote),
        approval=approval_row_view(explanation.rows, remedy_view(shown).approvals),
        looks=look_views(shown.remedy.looks, explanation.context.section.looks),
        gates=[
            GateView(
                action=action,
                code=checked.gate.code,
                that=str(checked.gate.that),
                holds=checked.holds,
                message=checked.gate.message,
                cite=checked.gate.cite,
            )
            for action, checked in explanation.gates
        ],
        payout=payouts[0] if payouts else None,
        earlier_payouts=payouts[1:],
        quote_hash=quote.quote_hash,
        reproduced=explanation.is_reproduced,
        as_of=list(explanation.as_of),
        cite=rule.cite,
    )


def _inputs(rule: Rule, quote: Quote) -> list[InputView]:
    declared = {each.id: each for each in rule.inputs}
    return [
        InputView(
            id=given.id,
            label=declared[given.id].label,
            type=declared[given.id].type,
            unit=declared[given.id].unit,
            value=None if isinstance(given.value, tuple) else cell_text(given.value),
            columns=[_column(column) for column in declared[given.id].columns],
            rows=given.rows(),
            source=given.source,
            taken_from=None if given.source != "case" else str(declared[given.id].taken_from),
        )
        for given in quote.trace.inputs
    ]


def _column(column: Column) -> ColumnView:
    return ColumnView(id=column.id, label=column.label, type=column.type, unit=column.unit)


def _steps(rule: Rule, quote: Quote) -> list[StepView]:
    labels = {step.id: step.label for step in rule.steps}
    cites = {step.id: step.cite for step in rule.steps}
    return [
        StepView(
            id=step.id,
            label=labels[step.id],
            formula=step.formula,
            unrounded=step.unrounded,
            value=step.value,
            rounding=None
            if step.rule is None or step.digits is None
            else RoundingView(rule=step.rule, digits=step.digits),
            cite=step.cite,
            uses=[UseView(**asdict(use)) for use in step.uses],
            alternatives=[
                AlternativeView(**asdict(each), label=labels[each.step], cite=cites[each.step])
                for each in step.alternatives
            ],
        )
        for step in quote.trace.steps
    ]


def _tax_steps(rule: Rule, quote: Quote) -> list[StepView]:
    """The split as two more lines of the sheet: net is rounded, tax is what is left."""
    if rule.tax is None or quote.split is None:
        return []
    exact = quote.amount.decimal() / (Decimal(1) + rule.tax.rate)
    net, tax = (format(part.decimal(), "f") for part in (quote.split.net, quote.split.tax))
    digits = exponent(quote.amount.currency)
    return [
        StepView(
            id="net",
            label=Text(zh="不含税金额", en="Net amount"),
            formula=f"{rule.result} / (1 + {plain(rule.tax.rate)})",
            unrounded=plain(exact),
            value=net,
            rounding=RoundingView(rule=rule.tax.rounding, digits=digits),
            cite=rule.tax.cite,
            uses=[],
            alternatives=[],
        ),
        StepView(
            id="tax",
            label=Text(zh="税额", en="Tax"),
            formula=f"{rule.result} - net",
            unrounded=tax,
            value=tax,
            rounding=None,
            cite=rule.tax.cite,
            uses=[],
            alternatives=[],
        ),
    ]


def _tax(rule: Rule, quote: Quote) -> TaxView | None:
    tax: Tax | None = rule.tax
    if tax is None or quote.split is None:
        return None
    return TaxView(
        rate=plain(tax.rate),
        net=money_view(quote.split.net),
        tax=money_view(quote.split.tax),
        gross=money_view(quote.amount),
        certificate=tax.certificate,
        cite=tax.cite,
    )
