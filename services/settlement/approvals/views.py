"""Requests about approvals, and the rows of the approval table as readers see them."""

from collections.abc import Sequence

from pydantic import BaseModel

from services.settlement.calculation.rules.decimals import plain
from services.settlement.calculation.views import MoneyView, money_view
from services.settlement.remedies.rules.approval_table import Compared
from services.settlement.remedies.views import ApprovalView, ExemptView, Reason
from shared.platform.http.strict import StrictModel


class DeclineBody(StrictModel):
    """Why."""

    reason: Reason


class RoleView(BaseModel):
    """A role that has to approve, and who did; `exempt` is the exception to four eyes that it was given under."""

    role: str
    given_by: str | None
    exempt: ExemptView | None


class ComparedRowView(BaseModel):
    """A row of the approval table, and what its limit was compared with: the amount, and what the row's look adds."""

    up_to: str | None
    cumulative: str | None
    compared: MoneyView | None
    fits: bool
    cite: str


class ApprovalRowView(BaseModel):
    """The row of the approval table that the amount falls into; `rows` are those above it and itself."""

    up_to: str | None
    cumulative: str | None
    compared: MoneyView | None
    roles: list[RoleView]
    rows: list[ComparedRowView]
    cite: str


def approval_row_view(rows: Sequence[Compared], approvals: Sequence[ApprovalView]) -> ApprovalRowView:
    """The last of `rows`, which is the one that counts, with those above it and who has approved."""
    taken, row = rows[-1], rows[-1].row
    views = {approval.role: approval for approval in approvals}
    roles = (*row.roles, *(each for each in row.instead if each in views))
    return ApprovalRowView(
        up_to=None if row.up_to is None else plain(row.up_to),
        cumulative=row.cumulative,
        compared=None if taken.worth is None else money_view(taken.worth),
        roles=[_role(role, views.get(role)) for role in roles],
        rows=[_row(each) for each in rows],
        cite=row.cite,
    )


def _row(compared: Compared) -> ComparedRowView:
    row = compared.row
    return ComparedRowView(
        up_to=None if row.up_to is None else plain(row.up_to),
        cumulative=row.cumulative,
        compared=None if compared.worth is None else money_view(compared.worth),
        fits=compared.fits,
        cite=row.cite,
    )


def _role(role: str, approval: ApprovalView | None) -> RoleView:
    if approval is None:
        return RoleView(role=role, given_by=None, exempt=None)
    return RoleView(role=role, given_by=approval.subject, exempt=approval.exempt)
