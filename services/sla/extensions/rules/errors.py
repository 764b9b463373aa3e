"""Refusals of extensions; each carries the citation of the rule that makes it."""

from shared.kernel.errors import Conflict, Forbidden, Rejected, Title


class ClockNotRunning(Conflict):
    """The clock has ended, is paused or has no due instant yet, so its due instant cannot be extended."""

    code = "clock_not_running"
    title = Title("The clock does not run", "时限未在计时中")


class ExtensionNotAllowed(Conflict):
    """The rule of this clock has no extension."""

    code = "extension_not_allowed"
    title = Title("This time limit cannot be extended", "该时限不可延期")


class OpinionRequired(Rejected):
    """An extension was requested without the opinion that the rule demands."""

    code = "opinion_required"
    title = Title("An extension needs a handling opinion", "申请延期须提交处理意见")


class DueRequired(Rejected):
    """An extension was requested, or granted, with neither or both of a date and an instant."""

    code = "due_required"
    title = Title("One due date or instant has to be given", "须给出一个期限日期或时刻")


class ExtensionExhausted(Conflict):
    """As many extensions as the rule allows have been granted, or requested, already."""

    code = "extension_exhausted"
    title = Title("No further extension is allowed", "延期次数已用完")


class ExtensionPending(Conflict):
    """An earlier request for the same clock has not been decided."""

    code = "extension_pending"
    title = Title("An extension request waits for its decision", "已有延期申请待审批")


class ExtensionDecided(Conflict):
    """The request was granted, rejected or has lapsed before."""

    code = "extension_decided"
    title = Title("The request has been decided", "该延期申请已处理")


class ExtensionAfterBreach(Conflict):
    """The rule forbids an extension once the due instant has passed."""

    code = "extension_after_breach"
    title = Title("The time limit has passed", "时限已过，不可延期")


class DueNotLater(Rejected):
    """The proposed due instant is not after the present one."""

    code = "due_not_later"
    title = Title("The new due date has to be later", "新期限须晚于现期限")


class ExtensionTooLong(Rejected):
    """The proposed due instant is further away than the rule allows."""

    code = "extension_too_long"
    title = Title("The new due date is too far away", "新期限超出允许范围")


class RoleForbidden(Forbidden):
    """The decision belongs to a role that the caller does not hold."""

    code = "role_forbidden"
    title = Title("Another role decides this", "该事项由其他岗位审批")


class FourEyes(Forbidden):
    """The person who requested the extension cannot decide it."""

    code = "four_eyes"
    title = Title("A request is decided by another person than its author", "申请人不得审批本人的申请")
