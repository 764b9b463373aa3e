"""One remedy: formulas name what exists, its mode has what it needs, postings add up."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from decimal import Decimal

from shared.packs.language.types import Placed
from shared.packs.settlement.model.section import Posting, Remedy, Step, Tax


def remedy_errors(remedy: Remedy) -> Iterator[Placed]:
    """What is wrong within one remedy."""
    yield from _formula_errors(remedy)
    yield from _result_errors(remedy)
    yield from _figure_errors(remedy)
    yield from _shape_errors(remedy)
    yield from _posting_errors(remedy)


def posting_errors(posting: Posting) -> Iterator[Placed]:
    """A posting moves something."""
    if posting.debit == posting.credit:
        yield ("credit",), "a posting debits and credits the same account"


def tax_errors(tax: Tax) -> Iterator[Placed]:
    """A rate is a share."""
    if not Decimal(0) <= tax.rate < Decimal(1):
        yield ("rate",), "a tax rate is a share such as 0.13"


def _formula_errors(remedy: Remedy) -> Iterator[Placed]:
    """A formula may use its inputs and the steps above it, nothing else."""
    above: set[str] = set()
    steps = {step.id for step in remedy.steps}
    for i, step in enumerate(remedy.steps):
        for variable in step.formula.variables if step.formula is not None else ():
            match variable:
                case ("steps", name, *_) if name in above or name not in steps:
                    continue  # a step that does not exist is reported with the other variables
                case ("inputs", _, *_):
                    continue
                case _:
                    yield ("steps", i, "formula"), f"`{'.'.join(variable)}` is neither an input nor a step above"
        yield from ((("steps", i, *path), message) for path, message in _best_of_errors(step, above))
        above.add(step.id)


def _best_of_errors(step: Step, above: AbstractSet[str]) -> Iterator[Placed]:
    """A step is a formula or the best of several steps above it, each named once."""
    if (step.formula is None) == (not step.best_of):
        yield (), "a step has either `formula` or `best_of`"
    if len(step.best_of) == 1 or len(set(step.best_of)) < len(step.best_of):
        yield ("best_of",), "`best_of` names two steps or more, each once"
    for i, name in enumerate(step.best_of):
        if name not in above:
            yield ("best_of", i), f"no step `{name}` above this one"


def _result_errors(remedy: Remedy) -> Iterator[Placed]:
    steps = {step.id for step in remedy.steps}
    for key in ("result", "value"):
        name = getattr(remedy, key)
        if name is not None and name not in steps:
            yield (key,), f"no step `{name}`"


def _shape_errors(remedy: Remedy) -> Iterator[Placed]:
    if remedy.mode == "money":
        result = next((step for step in remedy.steps if step.id == remedy.result), None)
        if result is not None and not result.is_money:
            yield ("result",), "the amount must be rounded to the currency by name"
        if remedy.payout is None:
            yield ("mode",), "money needs `payout`"
    elif remedy.returns is None:
        yield ("mode",), "replacement needs `returns`"
    excluded = ("returns", "value") if remedy.mode == "money" else ("payout", "tax", "postings")
    for key in excluded:
        if getattr(remedy, key):
            yield (key,), f"{remedy.mode} has no `{key}`"
    if remedy.zero == "recorded" and remedy.mode != "money":
        yield ("zero",), "only money can come to a recorded zero"


def _figure_errors(remedy: Remedy) -> Iterator[Placed]:
    """A figure is a step of its own, named once; one in money has no unit."""
    steps = {step.id: step for step in remedy.steps}
    seen: set[str] = set()
    for i, figure in enumerate(remedy.figures):
        if figure.step in seen:
            yield ("figures", i, "step"), "two figures are the same step"
        seen.add(figure.step)
        if figure.step not in steps:
            yield ("figures", i, "step"), f"no step `{figure.step}`"
        elif figure.unit is not None and steps[figure.step].is_money:
            yield ("figures", i, "unit"), f"figure `{figure.step}` is money and has no `unit`"


def _posting_errors(remedy: Remedy) -> Iterator[Placed]:
    parts = {posting.amount for posting in remedy.postings}
    if parts & {"net", "tax"} and remedy.tax is None:
        yield ("postings",), "net and tax are posted, but there is no `tax`"
    if parts and parts not in ({"gross"}, {"net", "tax"}):
        yield ("postings",), "post gross, or net and tax"
