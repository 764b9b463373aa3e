"""Titles of settlement's problem codes. Codes of a pack come with the pack's own words."""

from collections.abc import Mapping
from typing import Final

from shared.kernel.errors import Title

TITLES: Final[Mapping[str, Title]] = {
    "remedy_not_in_policy": Title("The policy has no such remedy", "制度中没有该处理方式"),
    "inputs_invalid": Title("Inputs are missing or out of bounds", "计算所需数据缺失或超出范围"),
    "formula_failed": Title("These inputs have no result", "该数据无法计算出结果"),
    "amount_not_positive": Title("Nothing would be settled", "结算结果必须大于零"),
    "amount_out_of_range": Title("The amount is beyond any settlement", "金额超出范围"),
    "remedy_out_of_order": Title("The remedy's state does not allow this", "处理方案的当前状态不允许此操作"),
    "quote_changed": Title("The quote is not what was shown", "报价与所示内容不一致"),
    "quote_expired": Title("The quote has expired", "报价已过期"),
    "another_remedy_open": Title("Another remedy of the case is open or executed", "该案件已有其他处理方案"),
    "offer_rounds_used_up": Title("No further offer is allowed", "协商次数已用完"),
    "negotiation_ended": Title("The customer refused for good", "客户已最终拒绝"),
    "approval_role_required": Title("Another role has to approve this", "需由有权审批的角色审批"),
    "four_eyes": Title("Whoever touched the case cannot approve its money", "经手人不得审批"),
    "approver_already_approved": Title("This person has approved already", "该审批人已审批"),
    "approval_missing": Title("Approvals are missing", "审批尚未完成"),
    "certificate_required": Title("The tax certificate is missing", "缺少税务证明单"),
    "certificate_wrong": Title("This is not the certificate that is needed", "证明单不符合要求"),
    "no_certificate_needed": Title("No certificate is needed here", "此处理方式不需要证明单"),
    "result_notice_required": Title("The result notice has not been issued", "尚未下达处理结果通知单"),
    "amount_differs_from_notice": Title("The amount differs from the result notice", "金额与处理结果通知单不一致"),
    "notice_already_paid": Title("This notice has been paid already", "该通知单已付款"),
    "payout_already_requested": Title("The payout exists already", "付款已提交，不可重复"),
    "nothing_to_pay": Title("There is nothing to pay", "应付金额为零，无需付款"),
    "wrong_remedy_mode": Title("Not for this kind of remedy", "不适用于此处理方式"),
    "return_exceeds_agreed": Title("More than was agreed came back", "退货数量超出约定数量"),
    "return_required": Title("Original goods must come back first", "须先退回原货物"),
    "goods_released_already": Title("Goods have been released already", "换补货物已发出"),
}
