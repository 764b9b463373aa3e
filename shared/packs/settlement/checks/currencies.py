"""The currencies of the settlement section: amounts are compared only with limits and amounts of their own currency."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from shared.kernel.money import exponent
from shared.packs.language.types import Placed
from shared.packs.settlement.model.approval import DEFAULT_CURRENCY, Approval, rows_in, table_for
from shared.packs.settlement.model.section import Remedy, SettlementSection


def currency_errors(section: SettlementSection) -> Iterator[Placed]:
    """Limits that do not rise in their currency, remedies without a row in theirs, gates that mix currencies."""
    for table in dict.fromkeys(row.table for row in section.approval):
        rows = [row if row.table == table else None for row in section.approval]
        yield from _limit_errors(rows)
    types = ("", *sorted({name for row in section.approval for name in row.case_types}))
    for i, remedy in enumerate(section.remedies):
        tables = [table_for(section.approval, remedy=remedy.id, case_type=case_type) for case_type in types]
        if section.approval and not all(tables):
            yield (
                ("remedies", i, "id"),
                f"the approval table has no row for {remedy.id}: add rows that name no remedies",
            )
        elif section.approval and not all(_has_row(table, remedy.currency) for table in tables):
            message = f"the approval table has no row in {remedy.currency}: add rows with `currency: {remedy.currency}`"
            yield ("remedies", i, "currency"), f"{message}, the last with `up_to: null`"
    for i, gate in enumerate(section.gates):
        read = {variable[:2] for variable in gate.that.variables}
        used_in = sorted({remedy.currency for remedy in section.remedies if gate.id in _gates_of(remedy)})
        if ("remedy", "amount_minor") in read and ("remedy", "currency") not in read and len(used_in) > 1:
            message = f"remedies in {' and '.join(used_in)} share this gate, which compares `remedy.amount_minor`"
            yield ("gates", i, "that"), f"{message}: let it read `remedy.currency` too, or give each currency a gate"


def _has_row(rows: Sequence[Approval], currency: str) -> bool:
    limited = {row.currency or DEFAULT_CURRENCY for row in rows if row.up_to is not None}
    own = {row.currency for row in rows if row.currency is not None}
    return bool(rows_in(rows, currency)) and (not limited or currency in limited | own)


def _limit_errors(of_table: Sequence[Approval | None]) -> Iterator[Placed]:
    """Limits are amounts of their currency; those of each currency rise and end with a row without limit.

    Rows of other tables are None.
    """
    placed = [(i, row) for i, row in enumerate(of_table) if row is not None]
    rows = [row for _, row in placed]
    for i, row in placed:
        digits = exponent(row.currency or DEFAULT_CURRENCY)
        if row.up_to is not None and row.up_to < 0:
            yield ("approval", i, "up_to"), "a limit is not negative"
        if row.up_to is not None and row.up_to != round(row.up_to, digits):
            yield ("approval", i, "up_to"), f"{row.currency or DEFAULT_CURRENCY} has {digits} decimals"
    of_all = [i for i, row in placed if row.up_to is None and row.currency is None]
    stated = dict.fromkeys(row.currency or DEFAULT_CURRENCY for row in rows if row.up_to is not None or row.currency)
    if len(of_all) > 1 and len(stated) > 1:
        message = "a row without limit that names no currency takes every currency: name its `currency`"
        yield from ((("approval", i, "up_to"), message) for i in of_all[:-1])
        return
    for currency in stated or (DEFAULT_CURRENCY,):
        yield from _order_errors(placed, currency, of_many=len(stated) > 1)


def _order_errors(rows: Sequence[tuple[int, Approval]], currency: str, *, of_many: bool) -> Iterator[Placed]:
    table = f"the approval table in {currency}" if of_many else "the approval table"
    of_currency = rows_in([row for _, row in rows], currency)
    placed = [(i, row) for i, row in rows if any(row is each for each in of_currency)]
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
