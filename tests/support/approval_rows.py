"""Rows of an approval table without looks of their own."""

from collections.abc import Sequence

from services.settlement.remedies.rules.approval_table import Compared, first_fitting
from shared.kernel.money import Money
from shared.packs.settlement.model.approval import Approval as Row


def row_for(rows: Sequence[Row], *, worth: Money | None, currency: str) -> Row:
    """The row that `worth` alone falls into."""
    return first_fitting([Compared(row=row, worth=worth) for row in rows], currency=currency).row
