"""Who may do what with a remedy: the customer, the roles that the pack names, and another person where it says so."""

from dataclasses import replace

import pytest

from services.settlement.remedies.rules.approval_table import Approval
from services.settlement.remedies.rules.performers import (
    DoneBySamePerson,
    MoneyRoleRequired,
    Performed,
    require_another_person,
    require_performer,
)
from services.settlement.remedies.rules.remedy import accept, offer, quoted
from services.settlement.remedies.rules.states import State
from shared.kernel.actor import SYSTEM, Actor, Kind
from shared.packs.settlement.model.section import SettlementSection
from tests.support.settlement import NOON, a_remedy, documents, section

NAMED: list[tuple[Performed, str]] = [
    ("quote", "objection_team"),
    ("offer", "objection_team"),
    ("certificate", "finance"),
    ("returns", "warehouse"),
    ("release", "warehouse"),
    ("payout", "finance"),
]
BUYER = Actor(subject="buyer", roles=frozenset({"customer"}), kind=Kind.CUSTOMER)


def holding(*roles: str, subject: str = "li") -> Actor:
    return Actor(subject=subject, roles=frozenset(roles))


def silent() -> SettlementSection:
    """The same pack without a word about who may do what."""
    return SettlementSection.parse({name: value for name, value in documents().items() if name != "who"})


@pytest.mark.parametrize(("action", "role"), NAMED)
def test_the_role_that_the_pack_names_may_and_no_other(action: Performed, role: str) -> None:
    require_performer(section(), action, actor=holding(role), cite="X-1")
    require_performer(section(), action, actor=SYSTEM, cite="X-1")
    for actor in (holding(), holding("clerk"), BUYER):
        with pytest.raises(MoneyRoleRequired) as refused:
            require_performer(section(), action, actor=actor, cite="X-1")
        assert refused.value.fields == {"roles": [role]}
        assert str(refused.value.cite).startswith("LG-")


@pytest.mark.parametrize("kind", [Kind.CUSTOMER, Kind.LINK])
def test_the_customer_accepts_and_without_a_named_role_nobody_else(kind: Kind) -> None:
    require_performer(section(), "accept", actor=replace(BUYER, kind=kind), cite="X-1")
    for actor in (holding("objection_team"), holding("finance", "centre_leader")):
        with pytest.raises(MoneyRoleRequired) as refused:
            require_performer(section(), "accept", actor=actor, cite="X-1")
        assert (refused.value.fields, refused.value.cite) == ({"roles": []}, "X-1")


def test_a_member_of_staff_with_a_role_called_customer_is_no_customer() -> None:
    with pytest.raises(MoneyRoleRequired):
        require_performer(section(), "accept", actor=holding("customer"), cite="X-1")


def test_a_pack_that_says_nothing_pays_through_finance() -> None:
    require_performer(silent(), "payout", actor=holding("finance"), cite="X-1")
    with pytest.raises(MoneyRoleRequired) as refused:
        require_performer(silent(), "payout", actor=holding("clerk"), cite="X-1")
    assert (refused.value.fields, refused.value.cite) == ({"roles": ["finance"]}, "X-1")


def test_whoever_approved_does_not_pay() -> None:
    approved = replace(
        a_remedy(state=State.APPROVED), approvals=(Approval(role="centre_leader", subject="liu", at=NOON),)
    )
    require_another_person(section(), "payout", approved, actor=holding(subject="sun"))
    with pytest.raises(DoneBySamePerson) as refused:
        require_another_person(section(), "payout", approved, actor=holding(subject="liu"))
    assert refused.value.fields == {"action": "approve"}


def test_who_did_what_is_remembered_with_the_remedy() -> None:
    remedy = quoted(a_remedy(), actor=holding(subject="wang")).remedy
    remedy = offer(remedy, number=1, actor=holding(subject="ma")).remedy
    remedy = accept(remedy, consent=None, remaining=(), actor=BUYER).remedy
    assert remedy.performers == {"quote": "wang", "offer": "ma", "accept": "buyer"}
    assert remedy.performed_by("offer") == {"ma"}
    assert remedy.performed_by("approve") == frozenset()
