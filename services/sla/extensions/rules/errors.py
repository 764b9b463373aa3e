"""Refusals of extensions; each carries the citation of the rule that makes it."""

from shared.kernel.errors import Conflict, Forbidden, Rejected
from shared.kernel.text import Text


class ClockNotRunning(Conflict):
    """The clock has ended, is paused or has no due instant yet, so its due instant cannot be extended."""

    code = "clock_not_running"
    title = Text(en="The clock does not run", zh="时限未在计时中")


class ExtensionNotAllowed(Conflict):
    """The rule of this clock has no extension."""

    code = "extension_not_allowed"
    title = Text(en="This time limit cannot be extended", zh="该时限不可延期")


class OpinionRequired(Rejected):
    """An extension was requested without the opinion that the rule demands."""

    code = "opinion_required"
    title = Text(en="An extension needs a handling opinion", zh="申请延期须提交处理意见")


class DueRequired(Rejected):
    """An extension was requested, or granted, with neither or both of a date and an instant."""

    code = "due_required"
    title = Text(en="One due date or instant has to be given", zh="须给出一个期限日期或时刻")


class ExtensionExhausted(Conflict):
    """As many extensions as the rule allows have been granted, or requested, already."""

    code = "extension_exhausted"
    title = Text(en="No further extension is allowed", zh="延期次数已用完")


class ExtensionPending(Conflict):
    """An earlier request for the same clock has not been decided."""

    code = "extension_pending"
    title = Text(en="An extension request waits for its decision", zh="已有延期申请待审批")


class ExtensionDecided(Conflict):
    """The request was granted, rejected or has lapsed before."""

    code = "extension_decided"
    title = Text(en="The request has been decided", zh="该延期申请已处理")


class ExtensionAfterBreach(Conflict):
    """The rule forbids an extension once the due instant has passed."""

    code = "extension_after_breach"
    title = Text(en="The time limit has passed", zh="时限已过，不可延期")


class DueNotLater(Rejected):
    """The proposed due instant is not after the present one."""

    code = "due_not_later"
    title = Text(en="The new due date has to be later", zh="新期限须晚于现期限")


class ExtensionTooLong(Rejected):
    """The proposed due instant is further away than the rule allows."""

    code = "extension_too_long"
    title = Text(en="The new due date is too far away", zh="新期限超出允许范围")


class RoleForbidden(Forbidden):
    """The decision belongs to a role that the caller does not hold."""

    code = "role_forbidden"
    title = Text(en="Another role decides this", zh="该事项由其他岗位审批")


class FourEyes(Forbidden):
    """The person who requested the extension cannot decide it."""

    code = "four_eyes"
    title = Text(en="A request is decided by another person than its author", zh="申请人不得审批本人的申请")
