"""Events in, messages out: whose, how many, and never twice."""

import asyncio
from typing import Any

import pytest

from services.notify.cases.store import CASE_VIEW, PARTY
from services.notify.messages.store.tables import ATTEMPT, MESSAGE
from services.notify.planning.store import CaseNotHereYet
from shared.contracts.envelope import MoneyV1, TextV1
from shared.contracts.intake import CaseCorrectedV1, ParentRefV1, PartyRecordedV1
from shared.contracts.settlement import RemedyOfferedV1
from shared.contracts.sla import ClockBreachedV1
from shared.kernel.ids import new_id
from tests.integration.notify.stage import CLERK, NINE, Stage, a_rule, advanced, registered


def a_breach(case_id: str) -> ClockBreachedV1:
    return ClockBreachedV1(
        case_id=case_id, clock_id=new_id(), clock="reply", label=TextV1(zh="答复", en="Reply"), started_at=NINE,
        due_at=NINE, cite="X-4 Art.4", breached_at=NINE,
    )  # fmt: skip


def an_offer(case_id: str) -> RemedyOfferedV1:
    return RemedyOfferedV1(
        case_id=case_id, remedy_id=new_id(), remedy="refund", mode="money", amount=MoneyV1(minor=2_100_000),
        quote_hash="h", cite="X-6 Art.6", actor=CLERK,
    )  # fmt: skip


async def test_a_registered_case_mails_its_customer(stage: Stage) -> None:
    org = await stage.organisation(a_rule())
    case_id = await stage.register(org)

    message = await stage.message(org)
    assert (message.state, message.channel, message.address) == ("queued", "email", "buyer@customer.example")
    assert (message.subject, message.body) == ("C-00001 case.registered", "华东钢构")
    assert (message.case_id, message.cite, message.is_simulated) == (case_id, "X-5 Art.5", False)
    assert await stage.events(org) == []


async def test_a_party_may_come_before_its_case_and_the_newer_record_wins(stage: Stage) -> None:
    org = await stage.organisation(a_rule(on=["case.accepted"]))
    case_id = await stage.register(org)
    newer = PartyRecordedV1(
        case_id=case_id, role="customer", name="新联系人", email="new@customer.example", locale="en"
    )
    await stage.happens(newer, org=org, case_id=case_id)

    await stage.happens(advanced(case_id, "case.accepted"), org=org, case_id=case_id)

    message = await stage.message(org)
    assert (message.address, message.locale, message.body) == ("new@customer.example", "en", "新联系人")
    assert len(await stage.rows(PARTY, PARTY.c.org_id == org)) == 1


async def test_a_corrected_case_is_told_at_the_right_address_and_announced_with_the_right_references(
    stage: Stage,
) -> None:
    org = await stage.organisation(a_rule(on=["case.accepted"], channels=["fax"]))
    case_id = await stage.register(org)
    right = PartyRecordedV1(case_id=case_id, role="customer", name="华东钢构", phone="+86 21 7777")
    await stage.happens(right, org=org, case_id=case_id)
    correction = CaseCorrectedV1(
        case_id=case_id, customer_ref="C-9", order_ref="SO-9", case_type="complaint", fields=["phone", "customer_ref"],
        actor=CLERK, at=NINE,
    )  # fmt: skip
    await stage.happens(correction, org=org, case_id=case_id)
    await stage.happens(advanced(case_id, "case.accepted"), org=org, case_id=case_id)
    ((kind, told),) = await stage.events(org)
    assert (kind, told["customer_ref"], told["order_ref"]) == ("message.to_do.v1", "C-9", "SO-9")
    [party] = await stage.rows(PARTY, PARTY.c.org_id == org)
    assert (party.phone, party.email) == ("+86 21 7777", None)


async def test_the_same_event_a_hundred_times_is_one_message(stage: Stage) -> None:
    org = await stage.organisation(a_rule(), a_rule(id="boss", recipients=[{"role": "clerk"}]))
    case_id = await stage.register(org)
    event_id = new_id()
    await stage.happens(advanced(case_id, "case.accepted"), org=org, case_id=case_id)

    for _ in range(50):
        await stage.happens(registered(case_id), org=org, case_id=case_id, event_id=event_id)
    for _ in range(5):
        await asyncio.gather(
            *(stage.happens(registered(case_id), org=org, case_id=case_id, event_id=event_id) for _ in range(10))
        )

    again = await stage.rows(MESSAGE, MESSAGE.c.org_id == org, MESSAGE.c.occasion == event_id)
    assert sorted(message.rule for message in again) == ["boss", "tell"]
    assert len([kind for kind, _ in await stage.events(org) if kind == "message.sent.v1"]) == 2


async def test_once_per_case_is_once_whatever_happens(stage: Stage) -> None:
    org = await stage.organisation(a_rule(on=["case.accepted"], once_per="case"))
    case_id = await stage.register(org)
    for _ in range(3):
        await stage.happens(advanced(case_id, "case.accepted"), org=org, case_id=case_id)
    assert len(await stage.rows(MESSAGE, MESSAGE.c.org_id == org)) == 1

    other = await stage.register(org)
    await stage.happens(advanced(other, "case.accepted"), org=org, case_id=other)
    assert len(await stage.rows(MESSAGE, MESSAGE.c.org_id == org)) == 2


async def test_events_of_sla_and_settlement_are_spoken_of_too(stage: Stage) -> None:
    org = await stage.organisation(
        a_rule(id="breach", on=["clock.breached"], recipients=[{"role": "owner"}]),
        a_rule(id="offer", on=["remedy.offered"]),
    )
    case_id = await stage.register(org)
    await stage.happens(a_breach(case_id), org=org, case_id=case_id)
    await stage.happens(an_offer(case_id), org=org, case_id=case_id)

    assert (await stage.message(org, rule="breach")).recipient == "clerk"
    assert (await stage.message(org, rule="offer")).subject == "C-00001 remedy.offered"


async def test_an_inbox_message_is_told_announced_and_logged_at_once(stage: Stage) -> None:
    org = await stage.organisation(a_rule(recipients=[{"role": "first_responder"}]), now=NINE)
    case_id = await stage.register(org)

    message = await stage.message(org)
    assert (message.state, message.channel, message.address, message.ended_at) == (
        "sent",
        "internal",
        "subject:chen",
        NINE,
    )
    (attempt,) = await stage.rows(ATTEMPT, ATTEMPT.c.message_id == message.message_id)
    assert (attempt.number, attempt.verdict, attempt.started_at) == (1, "delivered", NINE)
    ((kind, data),) = await stage.events(org)
    assert kind == "message.sent.v1"
    assert data == {
        "case_id": case_id, "message_id": message.message_id, "rule": "tell", "on": "case.registered",
        "recipient": "first_responder", "channel": "internal", "template": "told", "locale": "zh-CN", "cite": "X-5 Art.5",
        "sent_at": "2026-03-16T01:00:00Z", "attempts": 1, "unknown_attempts": 0, "number": "C-00001", "customer_ref": "C-1", "order_ref": None,
    }  # fmt: skip


async def test_an_unreachable_customer_is_announced_as_skipped(stage: Stage) -> None:
    org = await stage.organisation(a_rule())
    await stage.register(org, email=None)
    ((kind, data),) = await stage.events(org)
    assert (kind, data["reason"]) == ("message.skipped.v1", "recipient_unreachable")


async def test_a_rule_that_fails_is_announced_and_stops_nothing(stage: Stage) -> None:
    org = await stage.organisation(a_rule(id="bad", when="facts.severity > 3"), a_rule(id="good"))
    await stage.register(org)
    ((kind, data),) = await stage.events(org)
    assert (kind, data["rule"], data["reason"], data["attempts"]) == ("message.failed.v1", "bad", "condition_failed", 0)
    assert (await stage.message(org, rule="good")).state == "queued"


async def test_the_case_is_followed(stage: Stage) -> None:
    org = await stage.organisation(a_rule(on=["case.closed"], when="case.status != case.previous_status"))
    case_id = await stage.register(org)
    await stage.happens(
        advanced(case_id, "case.accepted", facts={"severity": "major"}, owner="leader"), org=org, case_id=case_id
    )
    await stage.happens(advanced(case_id, "case.closed", status="done"), org=org, case_id=case_id)

    (case,) = await stage.rows(CASE_VIEW, CASE_VIEW.c.case_id == case_id)
    assert case.milestones == ["case.registered", "case.accepted", "case.closed"]
    assert (case.status, case.previous_status, case.owner) == ("done", "open", "clerk")
    assert len(await stage.rows(MESSAGE, MESSAGE.c.org_id == org)) == 1


@pytest.mark.parametrize("event", [a_breach, an_offer, lambda case_id: advanced(case_id, "case.accepted")])
async def test_an_event_that_overtook_its_case_waits(stage: Stage, event: Any) -> None:
    org = await stage.organisation(a_rule())
    case_id = new_id()
    with pytest.raises(CaseNotHereYet):
        await stage.happens(event(case_id), org=org, case_id=case_id)


async def test_another_organisations_case_is_not_here(stage: Stage) -> None:
    mine, other = await stage.organisation(a_rule()), await stage.organisation(a_rule())
    case_id = await stage.register(mine)
    with pytest.raises(CaseNotHereYet):
        await stage.happens(a_breach(case_id), org=other, case_id=case_id)
    assert await stage.rows(MESSAGE, MESSAGE.c.org_id == other) == []


async def test_a_linked_case_is_told_of_like_any_other_and_a_rule_may_name_its_parent(stage: Stage) -> None:
    order = a_rule(id="order", when="event.parent != null and event.parent.relation == 'rectification'")
    org = await stage.organisation(order)
    await stage.register(org)
    case_id, parent = new_id(), ParentRefV1(case_id=new_id(), number="C-00001", relation="rectification")
    party = PartyRecordedV1(case_id=case_id, role="customer", name="华东钢构", email="buyer@customer.example")
    await stage.happens(party, org=org, case_id=case_id)
    linked = registered(case_id, number="R-001", case_type="rectification_order", parent=parent)
    await stage.happens(linked, org=org, case_id=case_id)

    message = await stage.message(org)
    assert (message.case_id, message.subject) == (case_id, "R-001 case.registered")
