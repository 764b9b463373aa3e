"""The approvals that a remedy needs: the row of the pack's table that its worth falls into, and the roles missing."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from services.settlement.calculation.rules.decimals import plain
from shared.kernel.errors import Conflict
from shared.kernel.money import CurrencyMismatch, Money
from shared.kernel.text import Text
from shared.packs.settlement.model.approval import Approval as Row
from shared.packs.settlement.model.approval import OwnApproval, rows_in


class NoApprovalRow(Conflict):
    """The pack's approval table has no row in the currency of the remedy; lint refuses such a pack."""

    code = "no_approval_row"
    title = Text(en="The approval table has no row in this currency", zh="审批权限表中没有该币种的规定")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exempt:
    """The pack's exception to four eyes under which an approval was given, as it read then; `up_to` in major units."""

    cite: str
    up_to: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One person's approval in one role; `exempt` where the person had handled the case and the pack allows it."""

    role: str
    subject: str
    at: datetime
    exempt: Exempt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A row, and the amount that its limit is compared with; None where that is unknown, which is above each limit."""

    row: Row
    worth: Money | None

    @property
    def fits(self) -> bool:
        """Whether the amount is within the row's limit."""
        limit = self.row.up_to
        return limit is None or (self.worth is not None and self.worth.decimal() <= limit)


def first_fitting(rows: Sequence[Compared], *, currency: str) -> Compared:
    """The first of the rows in `currency` that fits.

    Raises NoApprovalRow, or CurrencyMismatch where an amount is in another currency.
    """
    if any(each.worth is not None and each.worth.currency != currency for each in rows):
        raise CurrencyMismatch
    of_currency = rows_in([each.row for each in rows], currency)
    found = next((each for each in rows if any(each.row is row for row in of_currency) and each.fits), None)
    if found is None:
        raise NoApprovalRow(detail=f"no row in {currency}", fields={"currency": currency})
    return found


def exemption(
    exceptions: Sequence[OwnApproval], *, roles: AbstractSet[str], worth: Money | None
) -> tuple[str, Exempt] | None:
    """The first exception to four eyes that takes the worth, with the role in which it is used; None without one.

    `exceptions` are those for the remedy, such cases and the currency of `worth`. An unknown worth is above each limit.
    """
    for each in exceptions:
        role = next((role for role in each.roles if role in roles), None)
        if role is not None and worth is not None and worth.decimal() <= each.up_to:
            return role, Exempt(cite=each.cite, up_to=plain(each.up_to), currency=worth.currency)
    return None


def missing(row: Row, given: Sequence[Approval]) -> tuple[str, ...]:
    """Roles that still have to approve; none once a role of `instead` has approved."""
    have = {approval.role for approval in given}
    if have & set(row.instead):
        return ()
    return tuple(role for role in row.roles if role not in have)
