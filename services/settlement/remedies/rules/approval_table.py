"""The approvals that a remedy needs: the row of the pack's table that its worth falls into, and the roles missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.kernel.errors import Conflict
from shared.kernel.money import CurrencyMismatch, Money
from shared.kernel.text import Text
from shared.packs.settlement.model.approval import Approval as Row
from shared.packs.settlement.model.approval import row_up_to, rows_in


class NoApprovalRow(Conflict):
    """The pack's approval table has no row in the currency of the remedy; lint refuses such a pack."""

    code = "no_approval_row"
    title = Text(en="The approval table has no row in this currency", zh="审批权限表中没有该币种的规定")


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One person's approval in one role."""

    role: str
    subject: str
    at: datetime


def row_for(rows: Sequence[Row], *, worth: Money | None, currency: str) -> Row:
    """The first row in `currency` whose limit is not below `worth`; its last row where the worth is unknown.

    Raises NoApprovalRow, or CurrencyMismatch where `worth` is in another currency.
    """
    if worth is not None and worth.currency != currency:
        raise CurrencyMismatch
    of_currency = rows_in(rows, currency)
    last = of_currency[-1] if of_currency else None
    row = last if worth is None else row_up_to(of_currency, worth.decimal())
    if row is None:
        raise NoApprovalRow(detail=f"no row in {currency}", fields={"currency": currency})
    return row


def missing(row: Row, given: Sequence[Approval]) -> tuple[str, ...]:
    """Roles that still have to approve; none once a role of `instead` has approved."""
    have = {approval.role for approval in given}
    if have & set(row.instead):
        return ()
    return tuple(role for role in row.roles if role not in have)
