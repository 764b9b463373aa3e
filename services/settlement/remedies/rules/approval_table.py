"""The approvals that a remedy needs: the row of the pack's table that its worth falls into, and the roles missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.kernel.money import Money
from shared.packs.settlement.model.section import Approval as Row


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
    """Roles that still have to approve; none once a role of `instead` has approved."""
    have = {approval.role for approval in given}
    if have & set(row.instead):
        return ()
    return tuple(role for role in row.roles if role not in have)
