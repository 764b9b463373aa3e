"""Conditions of a payout beyond the pack's gates: the document, its figure and the approvals."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.settlement.approvals.rules import FourEyes
from services.settlement.cases.rules import Case
from services.settlement.payouts.rules.errors import ApprovalMissing, ResultNoticeRequired
from services.settlement.remedies.rules.approval_table import Approval, missing
from shared.kernel.errors import Conflict
from shared.kernel.money import Money
from shared.packs.language.expression import ExpressionFailed
from shared.packs.settlement.model.approval import Approval as Row
from shared.packs.settlement.model.section import Payout as PayoutRule


def require_basis(rule: PayoutRule, *, case: Case, quoted: Money, asked: Money) -> str:
    """The id of the document whose figure is paid; asked, quoted and stated amounts are the same to the minor unit.

    Raises ResultNoticeRequired, or Conflict with the pack's code and the amounts.
    """
    notice = case.document(rule.basis)
    if notice is None or notice.state != "final":
        raise ResultNoticeRequired(cite=rule.cite, fields={"document": rule.basis})
    stated = _stated(rule, case)
    if asked != quoted or stated != quoted.minor:
        raise Conflict(
            code=rule.code,
            title=rule.message,
            cite=rule.cite,
            fields={
                "amount_minor": asked.minor,
                "notice_minor": stated,
                "quote_minor": quoted.minor,
                "currency": quoted.currency,
            },
        )
    return notice.document_id


def require_approvals(row: Row, given: Sequence[Approval], *, touched: Mapping[str, datetime]) -> None:
    """Raise ApprovalMissing, or FourEyes when an approver's earlier touch became known only after the approval.

    What was approved under an exception to four eyes was approved in the knowledge of the touch.
    """
    roles = missing(row, given)
    if roles:
        raise ApprovalMissing(cite=row.cite, fields={"roles": list(roles)})
    for approval in given:
        first = touched.get(approval.subject)
        if first is not None and first < approval.at and approval.exempt is None:
            raise FourEyes(
                detail="an approver had touched the case before", cite=row.cite, fields={"role": approval.role}
            )


def _stated(rule: PayoutRule, case: Case) -> int | None:
    try:
        return rule.amount_from.integer(case.context())
    except ExpressionFailed:
        return None
