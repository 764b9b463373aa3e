"""The currencies of the settlement section: amounts are compared only with limits and amounts of their own currency."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from shared.packs.language.types import Placed
from shared.packs.settlement.model.section import DEFAULT_CURRENCY, Approval, Remedy, SettlementSection, rows_in


def currency_errors(section: SettlementSection) -> Iterator[Placed]:
    """Limits that do not rise in their currency, remedies without a row in theirs, gates that mix currencies."""
    yield from _limit_errors(section.approval)
    for i, remedy in enumerate(section.remedies):
        if section.approval and not rows_in(section.approval, remedy.currency):
            message = f"the approval table has no row in {remedy.currency}: add rows with `currency: {remedy.currency}`"
            yield ("remedies", i, "currency"), f"{message}, the last with `up_to: null`"
    for i, gate in enumerate(section.gates):
        read = {variable[:2] for variable in gate.that.variables}
        used_in = sorted({remedy.currency for remedy in section.remedies if gate.id in _gates_of(remedy)})
        if ("remedy", "amount_minor") in read and ("remedy", "currency") not in read and len(used_in) > 1:
            message = f"remedies in {' and '.join(used_in)} share this gate, which compares `remedy.amount_minor`"
            yield ("gates", i, "that"), f"{message}: let it read `remedy.currency` too, or give each currency a gate"


def currency_warnings(section: SettlementSection) -> Iterator[Placed]:
    """Remedies in a currency that has no limit, where another currency has one: only the last row approves them."""
    limited = {row.currency or DEFAULT_CURRENCY for row in section.approval if row.up_to is not None}
    for i, remedy in enumerate(section.remedies):
        if limited and remedy.currency not in limited and rows_in(section.approval, remedy.currency):
            message = f"the approval table has no limit in {remedy.currency}, so every amount needs its last row"
            yield ("remedies", i, "currency"), f"{message}; add rows with `currency: {remedy.currency}` for lower ones"


def _limit_errors(rows: Sequence[Approval]) -> Iterator[Placed]:
    """The limits of each currency rise and end with a row without limit."""
    stated = dict.fromkeys(row.currency or DEFAULT_CURRENCY for row in rows if row.up_to is not None or row.currency)
    for currency in stated or (DEFAULT_CURRENCY,):
        table = "the approval table" if len(stated) < 2 else f"the approval table in {currency}"  # noqa: PLR2004
        of_currency = rows_in(rows, currency)
        placed = [(i, row) for i, row in enumerate(rows) if any(row is each for each in of_currency)]
        below = Decimal("-Infinity")
        for i, row in placed:
            is_last = row is of_currency[-1]
            if is_last and row.up_to is not None:
                yield ("approval", i, "up_to"), f"the last row of {table} must have no limit (`up_to: null`)"
            if not is_last and row.up_to is None:
                yield ("approval", i, "up_to"), f"only the last row of {table} is without limit"
            if row.up_to is not None and row.up_to <= below:
                yield ("approval", i, "up_to"), f"the limits of {table} must rise"
            below = row.up_to if row.up_to is not None else below


def _gates_of(remedy: Remedy) -> set[str]:
    actions = type(remedy.require).model_fields
    return {gate for action in actions for gate in getattr(remedy.require, action) if isinstance(gate, str)}
