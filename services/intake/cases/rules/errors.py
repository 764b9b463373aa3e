"""Refusals about a case itself."""

from typing import ClassVar

from shared.kernel.errors import Conflict, Forbidden, NotFound, Rejected
from shared.kernel.text import Text


class CaseUnknown(NotFound):
    """No such case in this organisation."""


class CaseTypeUnknown(Rejected):
    """The pack has no such case type. 422."""

    code = "case_type_unknown"
    title = Text(en="Unknown case type", zh="没有该类案件")


class ChannelUnknown(Rejected):
    """The pack takes nothing through this channel. 422; `fields.allowed` lists those it does."""

    code = "channel_unknown"
    title = Text(en="Channel not accepted", zh="不受理该渠道")


class PartyRoleUnknown(Rejected):
    """The pack has no such role; `fields.allowed`. 422."""

    code = "party_role_unknown"
    title = Text(en="Unknown role", zh="制度中没有该岗位")


class CaseNumberTaken(Conflict):
    """Another case has this number; the counter and the cases disagree. 409."""

    code = "case_number_taken"
    title = Text(en="Case number already in use", zh="案件编号已被占用")


class InstantNotTrusted(Rejected):
    """A stated instant is in the future, too far back, or before what happened last. 422."""

    code = "instant_not_trusted"
    title = Text(en="Stated time not accepted", zh="所填时间不予采信")
    titles: ClassVar = {
        "received_in_future": Text(en="Receipt time in the future", zh="受理时间晚于当前时间"),
        "received_too_long_ago": Text(en="Receipt time too far in the past", zh="受理时间过早"),
        "at_in_future": Text(en="Step time in the future", zh="发生时间晚于当前时间"),
        "at_too_long_ago": Text(en="Step time too far in the past", zh="发生时间过早"),
        "at_before_previous_step": Text(en="Step time before the previous step", zh="发生时间早于上一步"),
    }


class RoleForbidden(Forbidden):
    """None of the caller's roles may do this; `fields.roles` lists those that may. 403."""

    code = "role_forbidden"
    title = Text(en="Role not permitted", zh="该操作须由其他岗位办理")


class FirstResponderUnnamed(Forbidden):
    """A machine registers without naming a person, and the pack names no role that answers first. 403."""

    code = "first_responder_unnamed"
    title = Text(en="A machine registers for a named person here", zh="系统登记须指明首问责任人")


class CaseArchived(Conflict):
    """The case is in the archive; nothing is added to it. 409."""

    code = "case_archived"
    title = Text(en="Case archived", zh="案件已归档，不能再添加")


class CasePurged(Conflict):
    """The case's time of keeping was over and its contents were erased; nothing is added to it. 409."""

    code = "case_purged"
    title = Text(en="Case purged", zh="案件已销毁，不能再办理")


class LinksNotDeclared(Conflict):
    """The pack declares no `customer_links`, or its customers do not see cases of this type. 409."""

    code = "links_not_declared"
    title = Text(en="No links lead to such cases", zh="该类案件不提供客户链接")


class LinkUnknown(NotFound):
    """No such link leads to the case."""

    code = "link_unknown"
    title = Text(en="Unknown link", zh="未知的链接")
