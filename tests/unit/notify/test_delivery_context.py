"""What a message is judged by at the moment of sending: its endpoint, its organisation's instant, its rule's hours."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.notify.delivery.rules.delivery_context import DeliveryContext, Terms
from services.notify.messages.rules import StoredMessage
from services.notify.webhooks.rules.endpoint import Endpoint
from services.notify.webhooks.rules.signature import SigningKeys
from shared.kernel.ids import OrgId
from tests.support.notify_cases import CASE_ID, NINE, ORG, a_case, a_message, a_rule, a_section

WALL = NINE + timedelta(days=100)


def stored(endpoint_id: str = "") -> StoredMessage:
    message = a_message()
    identity = replace(message.identity, channel="webhook" if endpoint_id else "email", endpoint_id=endpoint_id)
    return StoredMessage(
        org=OrgId(ORG), is_simulated=True, created_at=NINE, message=replace(message, identity=identity)
    )


def an_endpoint(state: str) -> Endpoint:
    return Endpoint(
        org=OrgId(ORG), endpoint_id="endpoint-1", url="https://example.com/", events=("*",), state=state, reason=None,
        keys=SigningKeys(secret=b"s" * 32, seed=b"d" * 32), created_by="erp", created_at=NINE,
    )  # fmt: skip


def context(
    *, endpoint: Endpoint | None = None, instant: datetime | None = NINE, terms: Terms | None = None
) -> DeliveryContext:
    return DeliveryContext(
        now=WALL,
        instants={} if instant is None else {OrgId(ORG): instant},
        cases={(OrgId(ORG), CASE_ID): a_case()},
        terms={} if terms is None else {stored().message.message_id: terms},
        endpoints={} if endpoint is None else {(OrgId(ORG), endpoint.endpoint_id): endpoint},
    )


@pytest.mark.parametrize(
    ("endpoint", "reason"),
    [(an_endpoint("active"), None), (an_endpoint("disabled"), "endpoint_disabled"), (None, "endpoint_removed")],
)
def test_an_endpoint_must_be_there_and_active(endpoint: Endpoint | None, reason: str | None) -> None:
    assert context(endpoint=endpoint).objection(stored("endpoint-1")) == reason
    assert context(endpoint=endpoint).objection(stored()) is None


@pytest.mark.parametrize(("instant", "at"), [(NINE, NINE), (None, WALL)])
def test_an_organisation_has_its_own_instant_or_real_time(instant: datetime | None, at: datetime) -> None:
    assert context(instant=instant).at(stored()) == at


def test_hours_are_those_of_the_rule_at_the_organisations_instant() -> None:
    rule = a_section(a_rule(hours=[{"opens": "10:00", "closes": "12:00"}])).rules[0]
    terms = Terms(rule=rule, zone=ZoneInfo("Asia/Shanghai"))
    assert context().next_open(stored()) == NINE
    assert context(terms=terms).next_open(stored()) == NINE + timedelta(hours=1)
    assert context(terms=terms, instant=NINE + timedelta(hours=2)).next_open(stored()) == NINE + timedelta(hours=2)


@pytest.mark.parametrize(
    ("condition", "reason"), [("case.status == 'open'", None), ("case.status == 'closed'", "case_moved_on")]
)
def test_the_rule_is_asked_again(condition: str, reason: str | None) -> None:
    rule = a_section(a_rule(still_valid=condition)).rules[0]
    assert context(terms=Terms(rule=rule, zone=ZoneInfo("UTC"))).objection(stored()) == reason


@pytest.mark.parametrize(("instant", "reason"), [(NINE, None), (None, "deadline_passed")])
def test_the_deadline_is_judged_by_the_organisations_instant(instant: datetime | None, reason: str | None) -> None:
    item = stored()
    ends_at_nine = replace(item, message=replace(item.message, expires_at=NINE))
    assert context(instant=instant).objection(ends_at_nine) == reason
