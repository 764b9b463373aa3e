"""The books of a small run in which all is well: two cases, of which one was over before the only fault."""

from datetime import UTC, datetime
from typing import Any, Final

from tests.chaos.suite.books import (
    Accepted,
    Books,
    Case,
    Clock,
    Copy,
    Event,
    Message,
    Payment,
    Payout,
    Posting,
    Record,
    Timing,
)
from tests.chaos.suite.faults import Played, Restart
from tests.chaos.suite.plan import Planned

ORG: Final = "o"
UNDISTURBED, DISTURBED = "case-1", "case-2"
CASES: Final = (UNDISTURBED, DISTURBED)
OPENED_AT: Final = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)
"""A Thursday, 10:00 in Shanghai."""
DEPARTURE_AT: Final = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
"""Three working days later, Tuesday, 17:00 in Shanghai."""
CYCLE_AT: Final = datetime(2026, 4, 2, 9, 0, tzinfo=UTC)
"""Twenty working days later, for the case is a major one: Thursday 2 April, 17:00 in Shanghai."""
_MINOR: Final = 2_100_000
_FACTS: Final = {"province": "Jiangsu", "severity": "major"}
_TOPIC: Final = {"intake": "redress.intake.v1", "notify": "redress.notify.v1"}
_HEARD: Final = {
    "case.registered.v1": frozenset({"sla", "settlement", "notify"}),
    "case.advanced.v1": frozenset({"sla", "settlement", "notify"}),
    "message.sent.v1": frozenset({"intake"}),
}


def sample() -> Books:
    """The books; every invariant holds of them."""
    events = tuple(event for case_id in CASES for event in _events(case_id))
    return Books(
        accepted=tuple(
            Accepted(org=ORG, case_id=case_id, what=what, key=f"chen {what}")
            for case_id in CASES
            for what in ("case.registered", "step analyse")
        ),
        failed=(),
        cases={case_id: _case(case_id) for case_id in CASES},
        copies={service: {case_id: _copy(service, case_id) for case_id in CASES} for service in _KEEPS},
        awaited=frozenset({"case.accepted"}),
        events=events,
        records=tuple(
            Record(topic=event.topic, partition=0, offset=offset, id=event.id) for offset, event in enumerate(events)
        ),
        heard=_HEARD,
        inbox={
            service: {event.id: "handled" for event in events if service in _HEARD[event.type]}
            for service in ("intake", "sla", "settlement", "notify")
        },
        payments=tuple(Payment(kind="payment", key=f"payout-{each}", minor=_MINOR, currency="CNY") for each in CASES),
        payouts=tuple(_payout(case_id) for case_id in CASES),
        ledger=tuple(posting for case_id in CASES for posting in _postings(case_id)),
        messages=tuple(_message(case_id) for case_id in CASES),
        mails={f"message-{case_id}": 1 for case_id in CASES},
        clocks=tuple(clock for case_id in CASES for clock in _clocks(case_id)),
        views={case_id: {"status": "archived", "messages": [["customer_registered", "told"]]} for case_id in CASES},
        undisturbed=frozenset({UNDISTURBED}),
        left={"events in the outbox of intake": 0},
        played=(_played(),),
        restarts=(Restart(service="sla", at=100.0, seconds=2.0), Restart(service="intake", at=103.0, seconds=20.0)),
        timing=Timing(lags=(0.1, 0.2), stops={"intake": 1.0}, most_lag=5.0, most_recovery=5.0, most_stop=15.0),
    )


def _events(case_id: str) -> tuple[Event, ...]:
    case: dict[str, Any] = {"service": "intake", "key": case_id, "aggregate": "case", "aggregate_id": case_id}
    seq = 10 * CASES.index(case_id)
    told: dict[str, Any] = {"aggregate": "message", "aggregate_id": f"message-{case_id}"}
    return (
        Event(id=f"{case_id}-1", topic=_TOPIC["intake"], type="case.registered.v1", version=1, seq=seq + 1, **case),
        Event(
            id=f"{case_id}-2",
            topic=_TOPIC["intake"],
            type="case.advanced.v1",
            version=2,
            seq=seq + 2,
            step="analyse",
            **case,
        ),
        Event(
            id=f"{case_id}-3",
            topic=_TOPIC["notify"],
            type="message.sent.v1",
            version=5,
            seq=seq + 3,
            service="notify",
            key=case_id,
            **told,
        ),
    )


def _case(case_id: str) -> Case:
    return Case(
        org=ORG,
        case_id=case_id,
        number=f"QO-{case_id}",
        status="archived",
        owner="objection_team",
        customer_ref="C-1",
        order_ref="SO-1",
        policy=("laigang", 1),
        facts=_FACTS,
        milestones=(("case.registered", OPENED_AT), ("case.accepted", OPENED_AT)),
        version=2,
    )


_KEEPS: Final[dict[str, set[str]]] = {"sla": {"owner"}, "settlement": set(), "notify": {"status", "owner"}}


def _copy(service: str, case_id: str) -> Copy:
    case, keeps = _case(case_id), _KEEPS[service]
    dated = service == "sla"
    return Copy(
        case_id=case_id,
        number=case.number,
        status=case.status if "status" in keeps else None,
        owner=case.owner if "owner" in keeps else None,
        customer_ref=case.customer_ref,
        order_ref=case.order_ref,
        policy=case.policy,
        facts=case.facts,
        milestones=tuple((name, at if dated else None) for name, at in case.milestones),
        version=case.version,
    )


def _payout(case_id: str) -> Payout:
    return Payout(
        payout_id=f"payout-{case_id}",
        remedy_id=f"remedy-{case_id}",
        state="executed",
        remedy_state="executed",
        minor=_MINOR,
        currency="CNY",
    )


def _postings(case_id: str) -> tuple[Posting, ...]:
    entry = {"entry_id": f"entry-{case_id}", "remedy_id": f"remedy-{case_id}"}
    return tuple(Posting(minor=minor, currency="CNY", **entry) for minor in (_MINOR, -_MINOR))


def _message(case_id: str) -> Message:
    return Message(
        message_id=f"message-{case_id}",
        case_id=case_id,
        identity=(case_id, "registered", "customer_registered", "customer", "email", "0", ""),
        rule="customer_registered",
        recipient="customer",
        channel="email",
        state="sent",
        unknown=0,
    )


def _clocks(case_id: str) -> tuple[Clock, ...]:
    of_case: dict[str, Any] = {"case_id": case_id, "state": "met"}
    return (
        Clock(clock_id=f"departure-{case_id}", rule="departure", due_at=DEPARTURE_AT, **of_case),
        Clock(clock_id=f"cycle-{case_id}", rule="cycle", due_at=CYCLE_AT, **of_case),
    )


def _played() -> Played:
    """Kafka was cut off while intake started, which therefore may take long."""
    planned = Planned(number=1, at=3.0, seconds=4.0, fault="cut", target="kafka")
    return Played(planned=planned, began=104.0, ended=108.0)
