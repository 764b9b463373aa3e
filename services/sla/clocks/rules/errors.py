"""Refusals of clocks."""

from shared.kernel.errors import Conflict
from shared.kernel.text import Text


class TransitionRefused(Conflict):
    """The clock's status does not allow the action; `fields` name both."""

    code = "transition_refused"
    title = Text(en="The clock's state does not allow this", zh="时限当前状态不允许此操作")


class GoalUnknown(Conflict):
    """The clock's goal is not in the pack version that its case is pinned to."""

    code = "goal_unknown"
    title = Text(en="The policy has no such goal", zh="制度中没有该时限目标")
