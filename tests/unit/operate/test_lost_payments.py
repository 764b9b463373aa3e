"""Which payments may stand, by the events that a restore has lost."""

from datetime import UTC, datetime

import pytest

from operate.recovery.compare import Lost
from operate.recovery.payments import LostPayments
from shared.contracts.envelope import ActorV1, MoneyV1
from shared.contracts.settlement import (
    RemedyApprovedV1,
    RemedyExecutedV1,
    RemedyFacts,
    RemedyPayoutFailedV1,
    RemedyPayoutRequestedV1,
    RemedyPayoutReversedV1,
)
from shared.kernel.ids import EventId, OrgId
from shared.platform.kafka.cloud_events import Attributes
from shared.platform.kafka.port import Record

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
FACTS = {
    "case_id": "c",
    "remedy_id": "r",
    "remedy": "price_difference",
    "mode": "money",
    "amount": MoneyV1(minor=2_100_000, currency="CNY"),
    "quote_hash": "h",
    "cite": "LG-41",
    "actor": ActorV1(subject="sun"),
}


def requested(key: str | None, remedy: str = "r") -> RemedyFacts:
    return RemedyPayoutRequestedV1.model_validate({**FACTS, "remedy_id": remedy, "payment_key": key})


APPROVED = RemedyApprovedV1.model_validate(FACTS)
EXECUTED = RemedyExecutedV1.model_validate({**FACTS, "provider_reference": "pay_1"})
FAILED = RemedyPayoutFailedV1.model_validate({**FACTS, "reason": "no such payee"})
REVERSED = RemedyPayoutReversedV1.model_validate({**FACTS, "provider_reference": "pay_1", "reason": "closed"})


def lost(*events: RemedyFacts) -> list[Lost]:
    return [
        Lost(
            Record("redress.settlement.v1", 0, number, b"c", event.model_dump_json().encode(), (), 0),
            Attributes(
                id=EventId(f"e-{number}"),
                type=event.TYPE,
                org=OrgId("o"),
                key="c",
                aggregate="remedy",
                aggregate_id=event.remedy_id,
                version=number + 1,
                occurred_at=NOON,
                correlation_id="x",
                traceparent=None,
            ),
            (),
        )
        for number, event in enumerate(events)
    ]


@pytest.mark.parametrize(
    ("events", "keys"),
    [
        ([APPROVED], []),
        ([requested("k-1")], ["k-1"]),
        ([requested("k-1"), EXECUTED], ["k-1"]),
        ([requested("k-1"), FAILED], []),
        ([requested("k-1"), EXECUTED, REVERSED], []),
        ([requested("k-1"), EXECUTED, REVERSED, requested("k-2")], ["k-2"]),
        ([requested("k-1"), requested("k-2", remedy="s"), FAILED], ["k-2"]),
        ([requested(None)], []),
    ],
)
def test_a_request_stands_until_it_failed_or_came_back(events: list[RemedyFacts], keys: list[str]) -> None:
    payments = LostPayments()
    payments.hear(lost(*events))
    assert [payment.key for payment in payments.all()] == keys
