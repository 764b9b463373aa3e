"""Whether a `settlement` section hangs together: formulas name what exists, postings balance, limits rise."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from shared.packs.language.declarations import Names, Scope
from shared.packs.language.types import Expr, Path, Placed

if TYPE_CHECKING:
    from shared.packs.settlement.inputs import Column, Input
    from shared.packs.settlement.model import Action, Approval, Remedy, SettlementSection

ACTIONS: "Final[tuple[Action, ...]]" = ("quote", "offer", "accept", "approve", "payout", "release")
_GATE_ROOTS: Final = ("milestones", "documents", "remedy", "actor")


def remedy_faults(remedy: "Remedy") -> Iterator[str]:
    """What is wrong with one remedy, in words."""
    yield from _formula_faults(remedy)
    yield from _figure_faults(remedy)
    yield from _shape_faults(remedy)
    yield from _posting_faults(remedy)


def section_faults(section: "SettlementSection") -> Iterator[str]:
    """What is wrong with the section as a whole, in words."""
    for kind, ids in (("remedies", section.remedies), ("accounts", section.accounts), ("gates", section.gates)):
        names = [item.id for item in ids]
        if len(set(names)) < len(names):
            yield f"two {kind} have the same id"
    if section.remedies and not section.approval:
        yield "money needs an approval table"
    yield from _gate_faults(section)
    yield from _approval_faults(section.approval)


def _formula_faults(remedy: "Remedy") -> Iterator[str]:
    """A formula may use its inputs and the steps above it, nothing else."""
    known = {("inputs", declared.id) for declared in remedy.inputs}
    if len(known) < len(remedy.inputs):
        yield f"{remedy.id}: two inputs have the same id"
    for step in remedy.steps:
        for variable in step.formula.variables:
            if variable[:2] not in known:
                yield f"{remedy.id}.{step.id}: `{'.'.join(variable)}` is neither an input nor a step above"
        if ("steps", step.id) in known:
            yield f"{remedy.id}: two steps are called {step.id}"
        known.add(("steps", step.id))
    for name in filter(None, (remedy.result, remedy.value)):
        if ("steps", name) not in known:
            yield f"{remedy.id}: no step `{name}`"


def _shape_faults(remedy: "Remedy") -> Iterator[str]:
    if remedy.mode == "money":
        result = next((step for step in remedy.steps if step.id == remedy.result), None)
        if result is not None and not result.is_money:
            yield f"{remedy.id}: the amount must be rounded to the currency by name"
        if remedy.payout is None or remedy.returns is not None or remedy.value is not None:
            yield f"{remedy.id}: money needs `payout` and neither `returns` nor `value`"
    elif remedy.returns is None or remedy.payout is not None or remedy.tax is not None or remedy.postings:
        yield f"{remedy.id}: replacement needs `returns` and neither `payout`, `tax` nor `postings`"


def _figure_faults(remedy: "Remedy") -> Iterator[str]:
    """A figure is a step of its own, named once; one in money has no unit."""
    steps = {step.id: step for step in remedy.steps}
    names = [figure.step for figure in remedy.figures]
    if len(set(names)) < len(names):
        yield f"{remedy.id}: two figures are the same step"
    for figure in remedy.figures:
        if figure.step not in steps:
            yield f"{remedy.id}: no step `{figure.step}`"
        elif figure.unit is not None and steps[figure.step].is_money:
            yield f"{remedy.id}: figure `{figure.step}` is money and has no `unit`"
    if remedy.zero == "recorded" and remedy.mode != "money":
        yield f"{remedy.id}: only money can come to a recorded zero"


def _posting_faults(remedy: "Remedy") -> Iterator[str]:
    parts = {posting.amount for posting in remedy.postings}
    if parts & {"net", "tax"} and remedy.tax is None:
        yield f"{remedy.id}: net and tax are posted, but there is no `tax`"
    if parts and parts not in ({"gross"}, {"net", "tax"}):
        yield f"{remedy.id}: post gross, or net and tax"
    if any(posting.debit == posting.credit for posting in remedy.postings):
        yield f"{remedy.id}: a posting debits and credits the same account"
    if remedy.tax is not None and not Decimal(0) <= remedy.tax.rate < Decimal(1):
        yield f"{remedy.id}: a tax rate is a share such as 0.13"


def _approval_faults(rows: "Sequence[Approval]") -> Iterator[str]:
    limits = [row.up_to for row in rows]
    if not limits:
        return
    if limits[-1] is not None:
        yield "the last row of the approval table must have no limit (`up_to: null`)"
    below = limits[:-1]
    if any(limit is None for limit in below):
        yield "only the last row of the approval table is without limit"
    elif below != sorted(set(below), key=lambda limit: limit or Decimal(0)):
        yield "the limits of the approval table must rise"
    if any(len({*row.roles, *row.instead}) < len(row.roles) + len(row.instead) for row in rows):
        yield "a role appears twice in a row of the approval table"


def declared(section: "SettlementSection") -> Names:
    """Remedies, accounts, and the certificates that tax rules ask for."""
    return Names(
        remedies=[(("remedies", i, "id"), remedy.id) for i, remedy in enumerate(section.remedies)],
        accounts=[(("accounts", i, "id"), account.id) for i, account in enumerate(section.accounts)],
        certificates=[
            (("remedies", i, "tax", "certificate"), remedy.tax.certificate)
            for i, remedy in enumerate(section.remedies)
            if remedy.tax is not None and remedy.tax.certificate is not None
        ],
    )


def referenced(section: "SettlementSection") -> Names:
    """Roles that approve, accounts that postings use, and documents that gates and payouts read."""
    return Names(
        roles=[
            (("approval", i, key, j), role)
            for i, row in enumerate(section.approval)
            for key in ("roles", "instead")
            for j, role in enumerate(getattr(row, key))
        ],
        accounts=[
            (("remedies", i, "postings", j, side), getattr(posting, side))
            for i, remedy in enumerate(section.remedies)
            for j, posting in enumerate(remedy.postings)
            for side in ("debit", "credit")
        ],
        documents=list(_documents(section)),
    )


def _documents(section: "SettlementSection") -> Iterator[Placed]:
    for i, remedy in enumerate(section.remedies):
        if remedy.payout is not None:
            yield ("remedies", i, "payout", "basis"), remedy.payout.basis
    for where, expression in _expressions(section):
        for variable in expression.variables:
            if variable[0] == "documents" and len(variable) > 1:
                yield where, variable[1]


def scopes(section: "SettlementSection") -> Iterator[Scope]:
    """What the expressions of the section may name."""
    yield Scope(path=("gates",), roots=dict.fromkeys(("inputs", *_GATE_ROOTS)))
    for i, remedy in enumerate(section.remedies):
        path: Path = ("remedies", i)
        inputs = frozenset(declared.id for declared in remedy.inputs)
        steps = frozenset(step.id for step in remedy.steps)
        yield Scope(path=(*path, "inputs"), roots={"documents": None, "milestones": None})
        yield Scope(path=(*path, "steps"), roots={"inputs": inputs, "steps": steps})
        yield Scope(path=(*path, "require"), roots={"inputs": inputs, **dict.fromkeys(_GATE_ROOTS)})
        yield Scope(path=(*path, "payout"), roots={"documents": None})


def _expressions(section: "SettlementSection") -> Iterator[tuple[Path, Expr]]:
    for i, gate in enumerate(section.gates):
        yield ("gates", i, "that"), gate.that
    for i, remedy in enumerate(section.remedies):
        yield from _expressions_of(remedy, ("remedies", i))


def _expressions_of(remedy: "Remedy", path: Path) -> Iterator[tuple[Path, Expr]]:
    for i, declared in enumerate(remedy.inputs):
        yield from _bounds(declared, (*path, "inputs", i))
        if declared.taken_from is not None:
            yield (*path, "inputs", i, "taken_from"), declared.taken_from
        for j, column in enumerate(declared.columns):
            yield from _bounds(column, (*path, "inputs", i, "columns", j))
    for action in ACTIONS:
        for i, gate in enumerate(remedy.require.of(action)):
            if not isinstance(gate, str):
                yield (*path, "require", action, i, "that"), gate.that
    if remedy.payout is not None:
        yield (*path, "payout", "amount_from"), remedy.payout.amount_from


def _bounds(value: "Input | Column", path: Path) -> Iterator[tuple[Path, Expr]]:
    for key, bound in (("min", value.min), ("max", value.max)):
        if bound is not None:
            yield (*path, key), bound


def _gate_faults(section: "SettlementSection") -> Iterator[str]:
    """A gate referred to exists and reads only inputs that the remedy has."""
    named = {gate.id: gate for gate in section.gates}
    for remedy in section.remedies:
        inputs = {declared.id for declared in remedy.inputs}
        for action in ACTIONS:
            for gate in remedy.require.of(action):
                if not isinstance(gate, str):
                    continue
                if gate not in named:
                    yield f"{remedy.id}: no gate `{gate}`"
                    continue
                for variable in named[gate].that.variables:
                    if variable[0] == "inputs" and not inputs.issuperset(variable[1:2]):
                        yield f"{remedy.id}: gate `{gate}` reads `{'.'.join(variable)}`, which the remedy has not"
