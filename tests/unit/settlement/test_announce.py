"""Each event of a remedy is published under its own name, with a version of its own and the actor who caused it."""

from decimal import Decimal
from typing import get_args

import pytest

from services.settlement.announce import announced
from services.settlement.approvals.rules import approve
from services.settlement.calculation.rules.quote import Split, make_quote
from services.settlement.remedies.rules import events
from services.settlement.remedies.rules.approval_table import Approval
from services.settlement.remedies.rules.events import RemedyEvent
from services.settlement.remedies.rules.remedy import Change
from services.settlement.remedies.rules.states import State
from services.settlement.replacements.rules import release
from shared.kernel.actor import SYSTEM, Actor
from shared.kernel.money import Money
from tests.support.freight import freight_rule
from tests.support.settlement import CASE_ID, NOON, ORG, WITHDRAWAL, a_case, a_remedy

LIU = Actor(subject="liu", roles=frozenset({"unit_leader", "centre_leader"}))
SPLIT = Split(net=Money(minor=1_858_407), tax=Money(minor=241_593))
WITHDRAWN: dict[str, object] = {
    "step": "correct_weight",
    "reason": {"zh": "重量已更正", "en": "The weight was corrected"},
    "step_cite": "X-7 Art.7",
    "step_at": NOON,
    "found": "offered",
}
SAMPLES: tuple[tuple[RemedyEvent, dict[str, object]], ...] = (
    (events.RemedyQuoted(expires_at=NOON), {"expires_at": NOON}),
    (events.RemedyOffered(), {}),
    (events.RemedyAccepted(remaining=("centre_leader",)), {"remaining": ["centre_leader"]}),
    (events.RemedyRejected(final=True), {"final": True}),
    (events.RemedyApprovalRecorded(remaining=("unit_leader",)), {"remaining": ["unit_leader"]}),
    (events.RemedyApproved(), {}),
    (events.RemedyDeclined(), {}),
    (events.RemedyQuoteExpired(), {}),
    (
        events.RemedyCertificateRecorded(certificate="allowance", reference="税 1"),
        {"certificate": "allowance", "reference": "税 1"},
    ),
    (events.RemedyPayoutRequested(payment_key="p"), {"payment_key": "p"}),
    (events.RemedyPayoutPending(), {}),
    (
        events.RemedyPayoutInDoubt(reason="no answer in time", quarantined=False),
        {"reason": "no answer in time", "quarantined": False},
    ),
    (
        events.RemedyPayoutFailed(reason="no such payee", code="payee_unknown"),
        {"reason": "no such payee", "code": "payee_unknown"},
    ),
    (
        events.RemedyPayoutReversed(reference="pay_1", reason="returned", code="account_closed"),
        {"provider_reference": "pay_1", "reason": "returned", "code": "account_closed"},
    ),
    (
        events.RemedyExecuted(reference="pay_1", split=SPLIT),
        {
            "provider_reference": "pay_1",
            "net": {"minor": 1_858_407, "currency": "CNY"},
            "tax": {"minor": 241_593, "currency": "CNY"},
        },
    ),
    (events.RemedyGoodsReturned(returned="18"), {"returned": "18"}),
    (events.RemedyReplacementReleased(released="17.5"), {"released": "17.5"}),
    (events.RemedyWithdrawn(withdrawal=WITHDRAWAL), WITHDRAWN),
    (events.RemedyNotWithdrawn(withdrawal=WITHDRAWAL), WITHDRAWN),
)


def test_every_event_has_a_sample() -> None:
    assert [type(event) for event, _ in SAMPLES] == list(get_args(RemedyEvent))


@pytest.mark.parametrize(("event", "own"), SAMPLES)
def test_an_event_is_published_under_its_name_with_its_own_fields(event: RemedyEvent, own: dict[str, object]) -> None:
    remedy = a_remedy()
    [outgoing] = announced(Change(remedy=remedy, events=(event,)), actor=LIU, now=NOON)
    assert type(outgoing.data).__name__ == f"{type(event).__name__}V1"
    assert (outgoing.org, outgoing.key, outgoing.aggregate, outgoing.aggregate_id) == (
        ORG,
        CASE_ID,
        "remedy",
        remedy.remedy_id,
    )
    assert (outgoing.version, outgoing.occurred_at) == (1, NOON)
    data = outgoing.data.model_dump()
    assert {name: data[name] for name in own} == own
    assert data["actor"] == {
        "subject": "liu",
        "roles": ["centre_leader", "unit_leader"],
        "kind": "staff",
        "client": None,
    }
    assert (data["amount"], data["quote_hash"]) == (
        {"minor": 2_100_000, "currency": "CNY"},
        remedy.quote.quote_hash,
    )


def test_two_events_of_one_change_have_two_versions_in_their_order() -> None:
    remedy = a_remedy("physical_replacement", state=State.APPROVED, returned=Decimal(30), version=6)
    told = announced(release(remedy, quantity=Decimal(30), reference="m1"), actor=LIU, now=NOON)
    assert [(each.data.TYPE, each.version) for each in told] == [
        ("remedy.replacement_released.v1", 7),
        ("remedy.executed.v1", 8),
    ]


def test_the_system_is_an_actor_without_roles() -> None:
    quote = make_quote(freight_rule("damage_remainder"), case=a_case(), raw={"damage": "300", "freight": "900"})
    remedy = a_remedy(state=State.ACCEPTED, quote=quote)
    change = approve(remedy, approval=Approval(role="centre_leader", subject="liu", at=NOON), remaining=())
    told = announced(change, actor=SYSTEM, now=NOON)
    assert [each.version for each in told] == [2, 3]
    actors = [each.data.model_dump()["actor"] for each in told]
    assert actors == [{"subject": "system", "roles": [], "kind": "system", "client": None}] * len(told)


def test_a_change_without_events_publishes_nothing() -> None:
    assert announced(Change(remedy=a_remedy(), events=()), actor=SYSTEM, now=NOON) == []
