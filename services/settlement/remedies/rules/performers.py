"""Who may do what with a remedy, by the roles that the pack names for the action."""

from typing import Final, Literal

from services.settlement.remedies.rules.remedy import Remedy
from shared.kernel.actor import Actor
from shared.kernel.errors import Forbidden
from shared.kernel.text import Text
from shared.packs.settlement.model.section import SettlementSection

Performed = Literal["quote", "offer", "accept", "decline", "certificate", "returns", "release", "payout"]

FINANCE: Final = "finance"
"""The role that has remedies paid where the pack names none."""


class MoneyRoleRequired(Forbidden):
    """None of the caller's roles may do this with a remedy; `fields.roles` lists those that may."""

    code = "money_role_required"
    title = Text(en="Another role has to do this", zh="须由其他岗位办理")


class DoneBySamePerson(Forbidden):
    """The pack wants another person for this than for an earlier action on the remedy; `fields.action`."""

    code = "four_eyes_between_actions"
    title = Text(en="Another person has to do this", zh="须由其他人员办理")


def require_performer(section: SettlementSection, action: Performed, *, actor: Actor, cite: str) -> None:
    """Raise MoneyRoleRequired unless the actor may do this; the customer accepts and rejects, the system does anything.

    `cite` is the remedy's rule, for an action about which the pack says nothing.
    """
    if actor.is_system or (actor.is_customer and action == "accept"):
        return
    who = getattr(section.who, action)
    if who is not None:
        roles, cite = who.roles, who.cite
    elif action == "payout":
        roles = (FINANCE,)
    elif action == "accept":
        roles = ()
    else:
        return
    if actor.roles.isdisjoint(roles):
        raise MoneyRoleRequired(cite=cite, fields={"roles": list(roles)})


def require_another_person(section: SettlementSection, action: Performed, remedy: Remedy, *, actor: Actor) -> None:
    """Raise DoneBySamePerson where the pack keeps the actor from this because of what the actor did before."""
    who = getattr(section.who, action)
    for earlier in () if who is None else who.not_by_who:
        if actor.subject in remedy.performed_by(earlier):
            raise DoneBySamePerson(cite=who.cite, fields={"action": earlier})
