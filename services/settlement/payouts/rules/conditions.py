"""What must be so before money leaves, beyond the pack's own gates: the paper, its figure, the tax paper, approvals."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.settlement.domain.approval import Approval, missing
from services.settlement.domain.case import Case
from services.settlement.domain.errors import ApprovalMissing, CertificateRequired, FourEyes, ResultNoticeRequired
from services.settlement.domain.remedy import Remedy
from shared.kernel.errors import Conflict
from shared.kernel.money import Money
from shared.packs.language.expression import ExpressionFailed
from shared.packs.settlement.model import Approval as Row
from shared.packs.settlement.model import Payout as PayoutRule
from shared.packs.settlement.model import Remedy as Rule


def require_basis(rule: PayoutRule, *, case: Case, quoted: Money, asked: Money) -> str:
    """The id of the paper whose figure is paid; asked, quoted and stated amounts are the same to the minor unit.

    Raises ResultNoticeRequired, or Conflict with the pack's code and the amounts.
    """
    paper = case.document(rule.basis)
    if paper is None or paper.state != "final":
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
    return paper.document_id


def require_certificate(rule: Rule, remedy: Remedy) -> None:
    """Raise CertificateRequired where the tax rule asks for a paper that is not there."""
    if rule.tax is not None and rule.tax.certificate is not None and remedy.certificate is None:
        raise CertificateRequired(cite=rule.tax.cite, fields={"certificate": rule.tax.certificate})


def require_approvals(row: Row, given: Sequence[Approval], *, touched: Mapping[str, datetime]) -> None:
    """Raise ApprovalMissing, or FourEyes when word of an approver's earlier touch came only after he approved."""
    roles = missing(row, given)
    if roles:
        raise ApprovalMissing(cite=row.cite, fields={"roles": list(roles)})
    for approval in given:
        first = touched.get(approval.subject)
        if first is not None and first < approval.at:
            raise FourEyes(
                detail="an approver had touched the case before", cite=row.cite, fields={"role": approval.role}
            )


def _stated(rule: PayoutRule, case: Case) -> int | None:
    try:
        return rule.amount_from.integer(case.context())
    except ExpressionFailed:
        return None
