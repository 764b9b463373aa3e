"""Who may approve or decline: holders of a role of the row, one person per role, none who touched the case."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Final

from services.settlement.calculation.rules.decimals import plain
from services.settlement.remedies.rules.approval_table import Approval, Exempt, exemption, missing
from services.settlement.remedies.rules.events import (
    RemedyApprovalRecorded,
    RemedyApproved,
    RemedyDeclined,
    RemedyExecuted,
)
from services.settlement.remedies.rules.remedy import Change, Remedy, changed, require_transition
from services.settlement.remedies.rules.states import State, Transition
from shared.kernel.actor import Actor
from shared.kernel.errors import Conflict, Forbidden
from shared.kernel.money import Money
from shared.kernel.text import Text
from shared.packs.settlement.model.approval import Approval as Row
from shared.packs.settlement.model.approval import OwnApproval

NOTHING_TO_PAY: Final = "nothing_to_pay"
"""The reference of a remedy that was executed without a payout."""


class ApprovalRoleRequired(Forbidden):
    """The caller holds none of the roles that still have to approve; `fields.roles` lists them."""

    code = "approval_role_required"
    title = Text(en="Another role has to approve this", zh="需由有权审批的角色审批")


class FourEyes(Forbidden):
    """A person who touched the case cannot approve its money."""

    code = "four_eyes"
    title = Text(en="A person who touched the case cannot approve its money", zh="经手人不得审批")


class ApprovedAlready(Conflict):
    """The caller has approved already; each role needs another person."""

    code = "approver_already_approved"
    title = Text(en="This person has approved already", zh="该审批人已审批")


class GoodsReleased(Conflict):
    """Replacement goods were released already, so the remedy can no longer be declined."""

    code = "goods_released_already"
    title = Text(en="Goods have been released already", zh="换补货物已发出")


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """What a remedy's approval needs: the row for its worth, and the pack's exceptions to four eyes that may count."""

    row: Row
    worth: Money | None = None
    own: tuple[OwnApproval, ...] = ()


def permitted(
    needed: Needed, given: Sequence[Approval], *, actor: Actor, touched: AbstractSet[str]
) -> tuple[str, Exempt | None]:
    """The role in which `actor` may approve now, with the exception to four eyes that it takes, if it takes one.

    Raises FourEyes, ApprovedAlready or ApprovalRoleRequired.
    """
    row = needed.row
    if actor.subject not in touched:
        return approval_role(row, given, actor=actor, touched=touched), None
    able = {role for role in (*missing(row, given), *row.instead) if role in actor.roles}
    found = exemption(needed.own, roles=able, worth=needed.worth)
    if found is None:
        return approval_role(row, given, actor=actor, touched=touched), None
    _require_first(row, given, actor=actor)
    return found


def approval_role(row: Row, given: Sequence[Approval], *, actor: Actor, touched: AbstractSet[str]) -> str:
    """The role in which `actor` may approve now, without an exception.

    Raises FourEyes, ApprovedAlready or ApprovalRoleRequired. There are no delegates: only the actor's own roles count.
    """
    if actor.subject in touched:
        raise FourEyes(detail="a person who touched the case cannot approve its money", cite=row.cite)
    _require_first(row, given, actor=actor)
    able = (*missing(row, given), *row.instead)
    role = next((role for role in able if role in actor.roles), None)
    if role is None:
        raise ApprovalRoleRequired(cite=row.cite, fields={"roles": list(able)})
    return role


def _require_first(row: Row, given: Sequence[Approval], *, actor: Actor) -> None:
    if any(approval.subject == actor.subject for approval in given):
        raise ApprovedAlready(cite=row.cite)


def require_role(row: Row, roles: AbstractSet[str]) -> None:
    """Raise ApprovalRoleRequired unless one of `roles` is in the row at all; enough to decline."""
    able = (*row.roles, *row.instead)
    if roles.isdisjoint(able):
        raise ApprovalRoleRequired(cite=row.cite, fields={"roles": list(able)})


def approve(remedy: Remedy, *, approval: Approval, remaining: tuple[str, ...]) -> Change:
    """One more approval; the last one approves the remedy, and executes one in which there is nothing to pay."""
    require_transition(remedy, Transition.APPROVE)
    after = replace(remedy, approvals=(*remedy.approvals, approval), awaited=remaining)
    if remaining:
        return changed(after, RemedyApprovalRecorded(remaining=remaining))
    if remedy.quote.is_nothing_to_pay:
        executed = replace(after, state=State.EXECUTED, reference=NOTHING_TO_PAY)
        event = RemedyExecuted(reference=NOTHING_TO_PAY, split=remedy.quote.split)
        return changed(executed, RemedyApproved(), event)
    return changed(replace(after, state=State.APPROVED), RemedyApproved())


def decline(remedy: Remedy, *, reason: str) -> Change:
    """An approver declines, before anything was paid or released. Raises GoodsReleased once goods are out."""
    require_transition(remedy, Transition.DECLINE)
    if remedy.released > 0:
        raise GoodsReleased(cite=remedy.cite, fields={"released": plain(remedy.released)})
    return changed(replace(remedy, state=State.DECLINED, reason=reason, awaited=()), RemedyDeclined())
