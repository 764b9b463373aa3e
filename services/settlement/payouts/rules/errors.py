"""Refusals of a payout; a pack's gates and its payout rule bring codes of their own."""

from shared.kernel.errors import Conflict, NotFound, ServiceError
from shared.kernel.text import Text


class ApprovalMissing(Conflict):
    """Not all roles have approved; `fields.roles` lists the missing ones."""

    code = "approval_missing"
    title = Text(en="Approvals are missing", zh="审批尚未完成")


class ResultNoticeRequired(Conflict):
    """The document whose figure is paid has not been issued."""

    code = "result_notice_required"
    title = Text(en="The result notice has not been issued", zh="尚未下达处理结果通知单")


class NoticePaidAlready(Conflict):
    """The figure of this document was paid, or is being paid, for another remedy."""

    code = "notice_already_paid"
    title = Text(en="This notice has been paid already", zh="该通知单已付款")


class PayoutRequestedAlready(Conflict):
    """The one payout of this remedy exists; found by a unique index when two requests ran at once."""

    code = "payout_already_requested"
    title = Text(en="The payout exists already", zh="付款已提交，不可重复")


class PayoutUnknown(NotFound):
    """The organisation has no such payout."""


class PayoutNotOpen(Conflict):
    """The payout's state does not allow the decision; `fields` has `state` and `allowed_from`."""

    code = "payout_not_open"
    title = Text(en="The payout's state does not allow this", zh="付款的当前状态不允许此操作")


class ErpNotSet(Conflict):
    """The organisation has no ERP address, so nothing can be paid; `PUT /v1/erp` sets it."""

    code = "erp_not_set"
    title = Text(en="No ERP address is set", zh="尚未设置 ERP 地址")


class NothingToPay(Conflict):
    """The remedy came to zero: it is recorded and never paid."""

    code = "nothing_to_pay"
    title = Text(en="There is nothing to pay", zh="应付金额为零，无需付款")


class PayoutEnded(ServiceError):
    """An answer was taken for a payout that failed or was reversed. A fault of the program."""

    code = "payout_ended"
    title = Text(en="The payout has ended", zh="付款已结束")
