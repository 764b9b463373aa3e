"""Titles of sla's problem codes."""

from collections.abc import Mapping
from typing import Final

from shared.kernel.errors import Title

TITLES: Final[Mapping[str, Title]] = {
    "calendar_unconfirmed": Title("The calendar is not confirmed that far", "该日期的工作日历尚未公布"),
    "not_a_working_day": Title("The day is not a working day", "该日不是工作日"),
    "clock_not_running": Title("The clock does not run", "时限未在计时中"),
    "extension_not_allowed": Title("This time limit cannot be extended", "该时限不可延期"),
    "opinion_required": Title("An extension needs a handling opinion", "申请延期须提交处理意见"),
    "due_required": Title("One due date or instant has to be given", "须给出一个期限日期或时刻"),
    "extension_exhausted": Title("No further extension is allowed", "延期次数已用完"),
    "extension_pending": Title("An extension request waits for its decision", "已有延期申请待审批"),
    "extension_decided": Title("The request has been decided", "该延期申请已处理"),
    "extension_after_breach": Title("The time limit has passed", "时限已过，不可延期"),
    "due_not_later": Title("The new due date has to be later", "新期限须晚于现期限"),
    "extension_too_long": Title("The new due date is too far away", "新期限超出允许范围"),
    "role_forbidden": Title("Another role decides this", "该事项由其他岗位审批"),
    "four_eyes": Title("Nobody decides his own request", "申请人不得审批本人的申请"),
    "reason_required": Title("A reason is needed", "须说明理由"),
    "not_excusable": Title("This time limit admits no excuse", "该时限不适用免责说明"),
    "nothing_to_excuse": Title("There is no breach to excuse", "没有需要说明的超期"),
    "transition_refused": Title("The clock's state does not allow this", "时限当前状态不允许此操作"),
    "period_invalid": Title("This is no period of the indicator", "该期间与指标的统计周期不符"),
    "goal_unknown": Title("The policy has no such goal", "制度中没有该时限目标"),
}
