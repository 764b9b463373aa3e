"""What the settlement section declares, what it refers to, and which variables its expressions may use."""

from collections.abc import Iterator
from typing import Final, Literal

from shared.packs.language.declarations import Names, Scope
from shared.packs.language.types import Expr, Path, Placed
from shared.packs.settlement.model.inputs import Column, Input
from shared.packs.settlement.model.looks import LOOKS
from shared.packs.settlement.model.section import ACTIONS, Remedy, SettlementSection, Who

_NOW: Final = ("now", "at")
_GATE_ROOTS: Final = ("milestones", "documents", "remedy", "actor", *_NOW)


def declared(section: SettlementSection) -> Names:
    """Remedies, accounts, and the certificates that tax rules ask for."""
    return Names(
        remedies=[(("remedies", i, "id"), remedy.id) for i, remedy in enumerate(section.remedies)],
        accounts=[(("accounts", i, "id"), account.id) for i, account in enumerate(section.accounts)],
        certificates=[
            (("remedies", i, "tax", "certificate"), remedy.tax.certificate)
            for i, remedy in enumerate(section.remedies)
            if remedy.tax is not None and remedy.tax.certificate is not None
        ],
        settlement_gates=[(("gates", i, "id"), gate.id) for i, gate in enumerate(section.gates)],
    )


def referenced(section: SettlementSection) -> Names:
    """Roles that approve, accounts that postings use, and documents that gates and payouts read."""
    return Names(
        roles=[
            (("approval", i, key, j), role)
            for i, row in enumerate(section.approval)
            for key in ("roles", "instead")
            for j, role in enumerate(getattr(row, key))
        ]
        + [
            (("own_approval", i, "roles", j), role)
            for i, exception in enumerate(section.own_approval)
            for j, role in enumerate(exception.roles)
        ]
        + [
            (("who", action, "roles", j), role)
            for action in Who.model_fields
            if (who := getattr(section.who, action)) is not None
            for j, role in enumerate(who.roles)
        ],
        remedies=list(_of_rows(section, "remedies")),
        case_types=list(_of_rows(section, "case_types")),
        accounts=[
            (("remedies", i, "postings", j, side), getattr(posting, side))
            for i, remedy in enumerate(section.remedies)
            for j, posting in enumerate(remedy.postings)
            for side in ("debit", "credit")
        ],
        documents=list(_documents(section)),
        settlement_gates=[
            (("remedies", i, "require", action, j), gate)
            for i, remedy in enumerate(section.remedies)
            for action in ACTIONS
            for j, gate in enumerate(remedy.require.of(action))
            if isinstance(gate, str)
        ],
    )


def _of_rows(section: SettlementSection, key: Literal["remedies", "case_types"]) -> Iterator[Placed]:
    for part in ("approval", "own_approval", "looks"):
        for i, row in enumerate(getattr(section, part)):
            yield from (((part, i, key, j), name) for j, name in enumerate(getattr(row, key)))


def _documents(section: SettlementSection) -> Iterator[Placed]:
    for i, remedy in enumerate(section.remedies):
        if remedy.payout is not None:
            yield ("remedies", i, "payout", "basis"), remedy.payout.basis
    for where, expression in _expressions(section):
        for variable in expression.variables:
            if variable[0] == "documents" and len(variable) > 1:
                yield where, variable[1]


def scopes(section: SettlementSection) -> Iterator[Scope]:
    """What the expressions of the section may name."""
    looks = {LOOKS: frozenset(look.id for look in section.looks)} if section.looks else {}
    yield Scope(path=("gates",), roots={**dict.fromkeys(("inputs", *_GATE_ROOTS)), **looks})
    for i, remedy in enumerate(section.remedies):
        path: Path = ("remedies", i)
        inputs = frozenset(declared.id for declared in remedy.inputs)
        steps = frozenset(step.id for step in remedy.steps)
        yield Scope(path=(*path, "inputs"), roots={**dict.fromkeys(("documents", "milestones", *_NOW)), **looks})
        yield Scope(path=(*path, "steps"), roots={"inputs": inputs, "steps": steps})
        yield Scope(path=(*path, "require"), roots={"inputs": inputs, **dict.fromkeys(_GATE_ROOTS), **looks})
        yield Scope(path=(*path, "payout"), roots={"documents": None})


def _expressions(section: SettlementSection) -> Iterator[tuple[Path, Expr]]:
    for i, gate in enumerate(section.gates):
        yield ("gates", i, "that"), gate.that
    for i, remedy in enumerate(section.remedies):
        yield from _expressions_of(remedy, ("remedies", i))


def _expressions_of(remedy: Remedy, path: Path) -> Iterator[tuple[Path, Expr]]:
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
        for key in ("amount_from", "payee", "customer_name"):
            if (expression := getattr(remedy.payout, key)) is not None:
                yield (*path, "payout", key), expression


def _bounds(value: Input | Column, path: Path) -> Iterator[tuple[Path, Expr]]:
    for key, bound in (("min", value.min), ("max", value.max)):
        if bound is not None:
            yield (*path, key), bound
