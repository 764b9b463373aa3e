"""Topics are not ordered among each other: whatever the order in which events arrive, the same people are told the same.

Intake's own events of a case come in their order; those of sla and settlement come before, between or after them.
"""

from collections.abc import Iterator
from itertools import permutations

import pytest

from services.notify.messages.store.tables import MESSAGE
from services.notify.planning.store import CaseNotHereYet
from shared.contracts.envelope import Contract
from shared.contracts.intake import PartyRecordedV1
from shared.kernel.ids import OrgId, new_id
from tests.integration.notify.stage import Stage, a_rule, advanced, registered
from tests.integration.notify.test_events import a_breach, an_offer

INTAKE = ("party", "registered", "accepted")
RULES = (
    a_rule(id="registered", on=["case.registered"]),
    a_rule(id="accepted", on=["case.accepted"]),
    a_rule(id="breach", on=["clock.breached"], recipients=[{"role": "owner"}]),
    a_rule(id="offer", on=["remedy.offered"]),
    a_rule(id="once", on=["case.accepted", "clock.breached", "remedy.offered"], once_per="case"),
)


def orders() -> Iterator[tuple[str, ...]]:
    """Every order of the five events in which intake's are in theirs."""
    for order in permutations((*INTAKE, "breach", "offer")):
        if tuple(name for name in order if name in INTAKE) == INTAKE:
            yield order


def test_there_are_twenty_orders() -> None:
    assert len(list(orders())) == 20


async def arrive(stage: Stage, org: OrgId, order: tuple[str, ...]) -> None:
    """The events in `order`; one whose case is not here waits and is tried again after each further one."""
    case_id = new_id()
    events: dict[str, Contract] = {
        "party": PartyRecordedV1(case_id=case_id, role="customer", name="华东钢构", email="buyer@customer.example"),
        "registered": registered(case_id),
        "accepted": advanced(case_id, "case.accepted"),
        "breach": a_breach(case_id),
        "offer": an_offer(case_id),
    }
    waiting = [(name, new_id()) for name in order]
    arrived: list[tuple[str, str]] = []
    while waiting:
        arrived.append(waiting.pop(0))
        for item in tuple(arrived):
            try:
                await stage.happens(events[item[0]], org=org, case_id=case_id, event_id=item[1])
            except CaseNotHereYet:
                continue
            arrived.remove(item)
    assert arrived == []


@pytest.mark.parametrize("order", list(orders()), ids="-".join)
async def test_the_order_of_topics_changes_no_message(stage: Stage, order: tuple[str, ...]) -> None:
    org = await stage.organisation(*RULES)
    await arrive(stage, org, order)
    found = await stage.rows(MESSAGE, MESSAGE.c.org_id == org)
    customer = ("customer", "email", "buyer@customer.example", "queued")
    assert sorted((row.rule, row.recipient, row.channel, row.address, row.state) for row in found) == [
        ("accepted", *customer),
        ("breach", "clerk", "internal", "role:clerk", "sent"),
        ("offer", *customer),
        ("once", *customer),
        ("registered", *customer),
    ]
    assert {row.rule: row.subject for row in found if row.rule != "once"} == {
        "accepted": "C-00001 case.accepted",
        "breach": "C-00001 clock.breached",
        "offer": "C-00001 remedy.offered",
        "registered": "C-00001 case.registered",
    }
