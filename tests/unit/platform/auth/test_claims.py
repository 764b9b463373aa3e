"""What the claims of a token say its bearer is: staff, a machine for itself or for a person, a customer."""

from typing import Any

import pytest

from shared.kernel.actor import Actor, Kind
from shared.platform.auth.caller import Caller, Unauthorised
from shared.platform.auth.claims import caller_of

ORG = "018f4e0a-7b1c-7000-8000-000000000001"
CASE = "018f4e0a-7b1c-7000-8000-00000000000c"


def caller(**claims: Any) -> Caller:
    return caller_of({"org": ORG, "sub": "li.wei", "roles": ["clerk"], "scope": "cases:read", **claims})


def test_a_person_with_roles_is_staff_whatever_client_the_token_was_issued_to() -> None:
    found = caller(client_id="desktop")
    assert (found.kind, found.client, found.roles) == (Kind.STAFF, None, frozenset({"clerk"}))


def test_a_client_that_is_its_own_subject_is_a_machine_for_itself() -> None:
    found = caller(sub="erp", client_id="erp")
    assert (found.kind, found.client, found.actor.is_person) == (Kind.MACHINE, None, False)


def test_an_actor_claim_is_a_machine_for_the_named_person() -> None:
    found = caller(act={"sub": "crm", "act": {"sub": "earlier"}}, client_id="crm")
    assert (found.kind, found.subject, found.client) == (Kind.MACHINE, "li.wei", "crm")
    assert found.actor.is_person
    assert found.actor.signature == "li.wei (crm)"


def test_a_machine_with_an_actor_is_still_a_machine_for_itself() -> None:
    assert not caller(sub="erp", client_id="erp", act={"sub": "gateway"}).actor.is_person


def test_a_customer_has_the_role_customer_and_no_other() -> None:
    found = caller(customer_ref="C-77", roles=["clerk", "finance", "offline_access"])
    assert (found.kind, found.customer_ref, found.roles) == (Kind.CUSTOMER, "C-77", frozenset({"customer"}))


def test_a_shop_that_acts_for_a_customer_has_the_rights_of_the_customer() -> None:
    found = caller(customer_ref="C-77", act={"sub": "shop"}, client_id="shop")
    assert (found.kind, found.roles, found.client) == (Kind.CUSTOMER, frozenset({"customer"}), "shop")


@pytest.mark.parametrize(
    "claims",
    [
        {"roles": ["customer"]},
        {"roles": ["clerk", "customer"]},
        {"sub": "erp", "client_id": "erp", "roles": ["customer"]},
        {"customer_ref": ""},
        {"customer_ref": None},
        {"customer_ref": 7},
        {"customer_ref": "C\n77"},
        {"act": "crm"},
        {"act": {}},
        {"act": {"sub": 7}},
        {"act": {"sub": ""}},
        {"act": None},
    ],
)
def test_a_token_that_does_not_say_who_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(Unauthorised) as refused:
        caller(**claims)
    assert refused.value.code == "token_invalid"


def test_a_customer_owns_the_cases_of_its_reference_and_no_other() -> None:
    found = caller(customer_ref="C-77")
    assert found.owns(case_id=CASE, customer_ref="C-77")
    assert not found.owns(case_id=CASE, customer_ref="C-78")
    assert not found.owns(case_id=CASE, customer_ref="")


def test_staff_and_machines_own_no_case() -> None:
    assert not caller().owns(case_id=CASE, customer_ref="C-77")
    assert not caller(sub="erp", client_id="erp").owns(case_id=CASE, customer_ref="")


def test_only_the_system_and_a_machine_for_itself_are_no_persons() -> None:
    assert Actor(subject="li.wei").is_person
    assert not Actor(subject="system", is_system=True).is_person
    assert Actor(subject="x", kind=Kind.CUSTOMER).is_customer
    assert not Actor(subject="x").is_customer
