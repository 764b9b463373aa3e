"""Who acts in a trial: for each role of the pack several persons, and the one who acts when none is named."""

from collections.abc import Mapping
from typing import Any, Final

from operate.scenarios.format import Person
from shared.kernel.actor import CUSTOMER_ROLE
from shared.packs.documents import Sections
from shared.packs.settlement.model.section import Performers, Who

_PERSONS: Final = 5
"""Of each role, so that four eyes can be tried: `manager`, `manager2` and so on."""
CUSTOMER: Final[Mapping[str, Any]] = {"ref": "C-001", "name": "客户 Customer", "email": "customer@example.com"}


def people_of(sections: Sections) -> dict[str, Person]:
    """By name: `manager` and `manager2` to `manager5` for a role `manager`; the customer is one person."""
    people: dict[str, Person] = {}
    for role in sections.pack.roles:
        if role.id != CUSTOMER_ROLE:
            people[role.id] = Person(roles=[role.id])
            people |= {f"{role.id}{number}": Person(roles=[role.id]) for number in range(2, _PERSONS + 1)}
    return {**people, CUSTOMER_ROLE: Person(roles=[CUSTOMER_ROLE])}


def usual_person(sections: Sections, verb: str, name: str, page: Mapping[str, Any] | None) -> str:
    """Who takes a request when none is named: a person of the first role that the pack lets take it.

    `name` is what the request is about (a step, a type of case); `page` is the case's, for what is still to approve.
    """
    roles = [role for role in _roles(sections, verb, name, page) if role in {each.id for each in sections.pack.roles}]
    staff = [role for role in roles if role != CUSTOMER_ROLE]
    if roles and (staff or verb in {"accept", "reject", "step"}):
        return (staff or roles)[0]
    others = [role.id for role in sections.pack.roles if role.id != CUSTOMER_ROLE]
    return others[0] if others else CUSTOMER_ROLE


def _roles(sections: Sections, verb: str, name: str, page: Mapping[str, Any] | None) -> list[str]:
    """Roles that the pack lets take a request; the first is the usual one."""
    intake, who = sections.intake, sections.settlement.who
    match verb:
        case "register":
            return [role for kind in intake.case_types if kind.id == name for role in kind.roles]
        case "step":
            return [role for step in intake.steps if step.id == name for role in step.roles]
        case "decide_extension":
            return [
                clock.extension.approver_role for clock in sections.sla.clocks if clock.id == name if clock.extension
            ]
        case _:
            return _with_remedies(who, verb, sections, page)


def _with_remedies(who: Who, verb: str, sections: Sections, page: Mapping[str, Any] | None) -> list[str]:
    """Roles that may do something with a remedy."""
    performers: Performers | None = getattr(who, {"return_goods": "returns", "reject": "accept"}.get(verb, verb), None)
    match verb:
        case "accept" | "reject":
            return list(performers.roles) if performers and not _is_seen(sections, page) else [CUSTOMER_ROLE]
        case "approve":
            return [role for remedy in (page or {}).get("remedies", ()) for role in remedy["missing_approvals"]]
        case "decline" if performers is None:
            return [role for row in sections.settlement.approval for role in row.roles]
        case _:
            return list(performers.roles) if performers else ["finance"] if verb == "payout" else []


def _is_seen(sections: Sections, page: Mapping[str, Any] | None) -> bool:
    """Whether the customer sees the case, and so can accept with a token of its own."""
    own = [kind for kind in sections.intake.case_types if page and kind.id == page["case_type"]]
    return any(kind.visible_to_customer for kind in own)
