"""Who approves: the row of the table that the amount falls into, one person per role, nobody who touched the case."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from services.settlement.domain.errors import ApprovalRoleRequired, ApprovedAlready, FourEyes
from shared.kernel.money import Money
from shared.packs.settlement.model import Approval as Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One person's approval in one role."""

    role: str
    subject: str
    at: datetime


def row_for(rows: Sequence[Row], worth: Money | None) -> Row:
    """The first row whose limit is not below `worth`; the last, strictest one where the worth is unknown."""
    if worth is None:
        return rows[-1]
    return next(row for row in rows if row.up_to is None or worth.decimal() <= row.up_to)


def missing(row: Row, given: Sequence[Approval]) -> tuple[str, ...]:
    """Roles that still have to approve; none once a role that may do it alone has."""
    have = {approval.role for approval in given}
    if have & set(row.instead):
        return ()
    return tuple(role for role in row.roles if role not in have)


def approve_as(
    row: Row, given: Sequence[Approval], *, subject: str, roles: AbstractSet[str], touched: AbstractSet[str]
) -> str:
    """The role in which `subject` may approve now.

    Raises FourEyes, ApprovedAlready or ApprovalRoleRequired. There are no delegates: only the caller's own roles count.
    """
    if subject in touched:
        raise FourEyes(detail="whoever touched the case cannot approve its money", cite=row.cite)
    if any(approval.subject == subject for approval in given):
        raise ApprovedAlready(cite=row.cite)
    able = (*missing(row, given), *row.instead)
    role = next((role for role in able if role in roles), None)
    if role is None:
        raise ApprovalRoleRequired(cite=row.cite, fields={"roles": list(able)})
    return role


def require_role(row: Row, roles: AbstractSet[str]) -> None:
    """Raise ApprovalRoleRequired unless one of `roles` is in the row at all; enough to decline."""
    able = (*row.roles, *row.instead)
    if roles.isdisjoint(able):
        raise ApprovalRoleRequired(cite=row.cite, fields={"roles": list(able)})
