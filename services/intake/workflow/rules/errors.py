"""Refusals of steps and reactions."""

from shared.kernel.errors import Conflict, Forbidden, NotFound, Rejected
from shared.kernel.text import Text


class StepUnknown(NotFound):
    """The pack has no such step for this type of case; `fields.allowed` lists those it has. 404."""

    code = "step_unknown"
    title = Text(en="Unknown step for this case", zh="该案件没有此步骤")


class StepOutOfOrder(Conflict):
    """The case stands where this step cannot be taken; `fields.status`, `fields.allowed_from`. 409."""

    code = "step_out_of_order"
    title = Text(en="Step not allowed in this status", zh="当前状态不能办理此步骤")


class EvidenceNotOfCase(Rejected):
    """The step names a file that the case does not have; `fields.unknown`. 422."""

    code = "evidence_not_of_case"
    title = Text(en="File not part of this case", zh="该材料不属于本案件")


class TakenBySamePerson(Forbidden):
    """The pack wants another person for this step than for an earlier one; `fields.step`. 403."""

    code = "four_eyes_between_steps"
    title = Text(en="Another person has to take this step", zh="该步骤须由其他人员办理")


class RemediesUndecided(Conflict):
    """The case has a remedy that was offered and is neither paid, refused nor expired, and is decided by the rules for
    its present type; `fields.remedies` names them. 409.
    """

    code = "remedies_undecided"
    title = Text(en="A remedy of the case is still open", zh="案件尚有未了结的处理方案，不能改变类型")


class ReactionsTooMany(Conflict):
    """Linked cases react to one another without end; only ever seen on a timeline. 409."""

    code = "reactions_too_many"
    title = Text(en="Too many chained reactions", zh="关联案件之间的自动处理循环过多")
