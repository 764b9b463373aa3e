"""Events of sla, settlement and notify come over three topics: in order within each, in any order between them."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from shared.contracts import notify, settlement, sla
from shared.contracts.envelope import Contract, TextV1
from shared.kernel.ids import new_id
from tests.integration.intake.conftest import START, Intake
from tests.integration.intake.test_journey import a_remedy

DUE = START + timedelta(days=11)
Histories = Sequence[Sequence[tuple[str, Contract]]]


def histories(case_id: str) -> Histories:
    """Two events of a clock, two of a remedy, one of a message; each with the id of its aggregate."""
    clock_id, remedy_id, message_id = new_id(), new_id(), new_id()
    clock: dict[str, Any] = {
        "case_id": case_id,
        "clock_id": clock_id,
        "clock": "cycle",
        "label": TextV1(zh="周期", en="Cycle"),
        "started_at": START,
        "due_at": DUE,
        "cite": "LG-35c Art.35",
    }
    remedy = a_remedy(case_id, remedy_id)
    message = notify.MessageSentV1(
        case_id=case_id,
        message_id=message_id,
        rule="registered",
        on="case.registered",
        recipient="customer",
        channel="email",
        template="registered",
        locale="zh-CN",
        cite="LG-30 Art.30",
        sent_at=START,
        attempts=1,
    )
    return (
        [(clock_id, sla.ClockStartedV1(**clock)), (clock_id, sla.ClockBreachedV1(**clock, breached_at=DUE))],
        [
            (remedy_id, settlement.RemedyOfferedV1(**remedy)),
            (remedy_id, settlement.RemedyAcceptedV1(**remedy, remaining=["leader"])),
        ],
        [(message_id, message)],
    )


def interleavings(lengths: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Every order of `lengths[i]` events of topic `i` that keeps the order within each topic."""
    if not any(lengths):
        yield ()
    for topic, left in enumerate(lengths):
        if left:
            rest = tuple(count - (place == topic) for place, count in enumerate(lengths))
            yield from ((topic, *order) for order in interleavings(rest))


def told(page: dict[str, Any]) -> dict[str, Any]:
    """What the page says of the other services, without ids and instants."""
    return {
        "clocks": [(c["clock"], c["state"], c["breached"], c["due_at"], c["cite"]) for c in page["clocks"]],
        "remedies": [(r["remedy"], r["state"], r["amount"]["minor"], r["missing_approvals"]) for r in page["remedies"]],
        "messages": [(m["rule"], m["channel"], m["state"]) for m in page["messages"]],
        "milestones": sorted(reached["name"] for reached in page["milestones"]),
    }


EXPECTED = {
    "clocks": [("cycle", "running", True, "2026-03-16T01:00:00Z", "LG-35c Art.35")],
    "remedies": [("price_difference", "accepted", 2_100_000, ["leader"])],
    "messages": [("registered", "email", "sent")],
    "milestones": ["case.registered", "clock.breached", "clock.started", "remedy.accepted", "remedy.offered"],
}


def test_the_orders_are_counted() -> None:
    orders = set(interleavings((2, 2, 1)))
    assert len(orders) == 30  # 5! / (2! 2! 1!)
    assert (0, 0, 1, 1, 2) in orders
    assert (2, 1, 0, 1, 0) in orders


async def test_every_order_of_three_topics_leads_to_the_same_page(intake: Intake) -> None:
    for order in interleavings((2, 2, 1)):
        case_id = await intake.register()
        topics = [iter(history) for history in histories(case_id)]
        for topic in order:
            thing, event = next(topics[topic])
            await intake.hear(event, thing=thing)
        assert told(await intake.page(case_id)) == EXPECTED, order


async def test_an_older_event_that_comes_again_changes_nothing(intake: Intake) -> None:
    case_id = await intake.register()
    told_of = histories(case_id)
    for history in told_of:
        for thing, event in history:
            await intake.hear(event, thing=thing)
    for history in told_of:
        thing, first = history[0]
        await intake.hear(first, thing=thing, version=1)
    page = told(await intake.page(case_id))
    assert {name: page[name] for name in ("clocks", "remedies", "messages")} == {
        name: EXPECTED[name] for name in ("clocks", "remedies", "messages")
    }
