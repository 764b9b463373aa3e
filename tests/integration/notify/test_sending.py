"""Mails: handed over, once, later, never, by one of many, and after a crash."""

import asyncio
import threading
from datetime import timedelta

import pytest

from services.notify.channels import email
from services.notify.channels.client.mail import Mailer, MailServer
from services.notify.channels.rules.mime import Mail
from services.notify.delivery.jobs import Courier
from services.notify.delivery.store import pending
from services.notify.messages.rules import Verdict
from services.notify.messages.store.tables import ATTEMPT, MESSAGE
from shared.kernel.clock import SystemClock
from shared.kernel.ids import OrgId, new_id
from shared.platform.db.transaction import reading
from tests.integration.notify.stage import (
    LINK_KEYS,
    NINE,
    Mailbox,
    Stage,
    a_rule,
    advanced,
    couriers,
    registered,
    settle,
    until,
)


async def verdicts(stage: Stage, org: OrgId) -> list[tuple[int, str, int | None, str]]:
    rows = await stage.rows(ATTEMPT, ATTEMPT.c.org_id == org)
    return sorted((row.number, row.verdict, row.code, row.reason) for row in rows)


async def test_a_mail_is_handed_over_recorded_and_announced(stage: Stage, mailbox: Mailbox) -> None:
    org = await stage.organisation(a_rule(), now=NINE)
    case_id = await stage.register(org)
    async with couriers(mailbox) as senders:
        await settle(stage.db, *senders)

    message = await stage.message(org)
    assert (message.state, message.attempts, message.ended_at, message.lease_token) == ("sent", 1, NINE, None)
    (mail,) = mailbox.mails
    assert (mail["Subject"], mail["To"]) == ("C-00001 case.registered", "buyer@customer.example")
    assert mail["Date"].datetime == NINE
    assert mail["Message-ID"] == f"<{message.message_id}@example.com>"
    assert (mail["X-Redress-Organisation"], mail["X-Redress-Case"]) == (org, case_id)
    assert await verdicts(stage, org) == [(1, "delivered", 250, "accepted")]
    ((kind, data),) = await stage.events(org)
    assert (kind, data["attempts"], data["sent_at"]) == ("message.sent.v1", 1, "2026-03-16T01:00:00Z")


async def test_the_same_event_a_hundred_times_is_one_mail(stage: Stage, mailbox: Mailbox) -> None:
    org = await stage.organisation(a_rule())
    event_id = new_id()
    case_id = await stage.register(org, event_id=event_id)
    async with couriers(mailbox) as senders:
        for _ in range(100):
            await stage.happens(registered(case_id), org=org, case_id=case_id, event_id=event_id)
            await senders[0].run(stage.db)
        await settle(stage.db, *senders)
    assert len(mailbox.mails) == 1


async def test_twenty_senders_race_and_each_message_goes_once(stage: Stage, mailbox: Mailbox) -> None:
    org = await stage.organisation(a_rule())
    for _ in range(40):
        await stage.register(org)
    async with couriers(mailbox, count=20, connections=2) as senders:
        await asyncio.gather(*(settle(stage.db, sender) for sender in senders))
        await settle(stage.db, *senders)

    ids = [str(mail["X-Redress-Message"]) for mail in mailbox.mails]
    assert len(ids) == len(set(ids)) == 40
    assert {row.state for row in await stage.rows(MESSAGE, MESSAGE.c.org_id == org)} == {"sent"}
    assert await verdicts(stage, org) == [(1, "delivered", 250, "accepted")] * 40


async def test_connections_stay_open(stage: Stage, mailbox: Mailbox) -> None:
    org = await stage.organisation(a_rule())
    for _ in range(30):
        await stage.register(org)
    async with couriers(mailbox, connections=3) as senders:
        await settle(stage.db, *senders)
    assert len(mailbox.mails) == 30
    assert len(mailbox.sessions) <= 3


async def test_a_crash_between_send_and_record_repeats_the_same_message_id(stage: Stage, mailbox: Mailbox) -> None:
    org = await stage.organisation(a_rule())
    await stage.register(org)
    async with couriers(mailbox, count=2) as (crashed, second):
        await crashed.run(stage.db)
        await until(lambda: len(mailbox.mails) == 1)
        await settle(stage.db, second)
        assert len(mailbox.mails) == 1, "the lease still holds"

        await stage.end_leases(org)
        await settle(stage.db, second)
        assert len({mail["Message-ID"] for mail in mailbox.mails}) == 1
        assert len(mailbox.mails) == 2
        assert (await stage.message(org)).state == "sent"
        assert await verdicts(stage, org) == [
            (1, "unknown", None, "sender_vanished"),
            (2, "delivered", 250, "accepted"),
        ]

        await settle(stage.db, crashed)  # it was only slow: what it reports changes the log, not the message
    message = await stage.message(org)
    assert (message.state, message.attempts) == ("sent", 2)
    assert await verdicts(stage, org) == [(1, "delivered", 250, "accepted"), (2, "delivered", 250, "accepted")]
    assert [kind for kind, _ in await stage.events(org)] == ["message.outcome_unknown.v1", "message.sent.v1"]


@pytest.mark.parametrize("answer", ["451 try again later", "421 closing", "452 full"])
async def test_a_temporary_refusal_is_tried_again_in_time(stage: Stage, mailbox: Mailbox, answer: str) -> None:
    org = await stage.organisation(a_rule(), now=NINE)
    await stage.register(org)
    mailbox.answers = [answer]
    async with couriers(mailbox) as senders:
        await settle(stage.db, *senders)
        waiting = await stage.message(org)
        assert (waiting.state, waiting.attempts) == ("queued", 1)
        assert timedelta(seconds=5) <= waiting.due_at - NINE < timedelta(seconds=5.5)

        await stage.advance_clock(org, waiting.due_at - timedelta(microseconds=1))
        await settle(stage.db, *senders)
        assert mailbox.mails == []

        await stage.advance_clock(org, waiting.due_at)
        await settle(stage.db, *senders)
    assert len(mailbox.mails) == 1
    assert (await stage.message(org)).ended_at == waiting.due_at
    assert [row[:3] for row in await verdicts(stage, org)] == [(1, "temporary", int(answer[:3])), (2, "delivered", 250)]


async def test_a_permanent_refusal_fails_and_says_so(stage: Stage, mailbox: Mailbox) -> None:
    org = await stage.organisation(a_rule())
    await stage.register(org)
    mailbox.answers = ["550 no such user"]
    async with couriers(mailbox) as senders:
        await settle(stage.db, *senders)
    ((kind, data),) = await stage.events(org)
    assert (kind, data["reason"], data["attempts"]) == ("message.failed.v1", "smtp_refused", 1)
    assert await verdicts(stage, org) == [(1, "permanent", 550, "smtp_refused")]


async def test_a_failed_mail_to_a_colleague_goes_to_his_inbox(stage: Stage, mailbox: Mailbox) -> None:
    org = await stage.organisation(a_rule(recipients=[{"role": "leader"}]))
    await stage.register(org)
    mailbox.answers = ["550 no such user"]
    async with couriers(mailbox) as senders:
        await settle(stage.db, *senders)

    assert (await stage.message(org, channel="email")).state == "failed"
    inbox = await stage.message(org, channel="internal")
    assert (inbox.state, inbox.address, inbox.subject) == ("sent", "role:leader", "C-00001 case.registered")
    assert [kind for kind, _ in await stage.events(org)] == ["message.failed.v1", "message.sent.v1"]


async def test_after_ten_attempts_it_is_given_up(stage: Stage, mailbox: Mailbox) -> None:
    org = await stage.organisation(a_rule())
    await stage.register(org)
    mailbox.answers = ["451 later"] * 20
    async with couriers(mailbox) as senders:
        for _ in range(12):
            await settle(stage.db, *senders)
            await stage.make_due(org) if (await stage.message(org)).state == "queued" else None
    message = await stage.message(org)
    assert (message.state, message.attempts, message.reason) == ("failed", 10, "smtp_deferred")
    assert len(mailbox.answers) == 10


async def test_a_server_that_is_away_costs_an_attempt_and_no_mail(stage: Stage, port: int) -> None:
    org = await stage.organisation(a_rule())
    await stage.register(org)
    async with couriers(Mailbox(port=port)) as senders:
        await settle(stage.db, *senders)
    assert (await stage.message(org)).state == "queued"
    assert await verdicts(stage, org) == [(1, "temporary", None, "server_unreachable")]


async def test_what_is_no_longer_true_is_skipped_at_the_last_moment(stage: Stage, mailbox: Mailbox) -> None:
    org = await stage.organisation(a_rule(still_valid="not(contains(case.milestones, 'case.closed'))"))
    case_id = await stage.register(org)
    await stage.happens(advanced(case_id, "case.closed"), org=org, case_id=case_id)
    async with couriers(mailbox) as senders:
        await settle(stage.db, *senders)
    assert mailbox.mails == []
    ((kind, data),) = await stage.events(org)
    assert (kind, data["reason"]) == ("message.skipped.v1", "case_moved_on")


async def test_what_is_still_true_goes(stage: Stage, mailbox: Mailbox) -> None:
    org = await stage.organisation(a_rule(still_valid="not(contains(case.milestones, 'case.closed'))"))
    await stage.register(org)
    async with couriers(mailbox) as senders:
        await settle(stage.db, *senders)
    assert len(mailbox.mails) == 1


async def test_a_message_past_its_deadline_is_skipped(stage: Stage, mailbox: Mailbox) -> None:
    org = await stage.organisation(a_rule(deadline={"amount": 1, "unit": "hour"}), now=NINE)
    await stage.register(org)
    await stage.advance_clock(org, NINE + timedelta(hours=1, microseconds=1))
    async with couriers(mailbox) as senders:
        await settle(stage.db, *senders)
    assert (await stage.message(org)).reason == "deadline_passed"
    assert mailbox.mails == []


async def test_pending_counts_what_is_due_and_names_the_next_retry(stage: Stage, mailbox: Mailbox) -> None:
    org = await stage.organisation(a_rule(), now=NINE)
    await stage.register(org)

    async def now_pending() -> object:
        async with reading(stage.db) as tx:
            return await pending(tx, org, NINE)

    assert await now_pending() == ({"message.email": 1}, None)
    mailbox.answers = ["451 later"]
    async with couriers(mailbox) as senders:
        await settle(stage.db, *senders)
        due_at = (await stage.message(org)).due_at
        assert await now_pending() == ({}, due_at)
        await stage.advance_clock(org, due_at)
        await settle(stage.db, *senders)
        assert await now_pending() == ({}, None)


async def test_the_end_waits_for_what_is_going_and_records_it(stage: Stage, mailbox: Mailbox) -> None:
    org = await stage.organisation(a_rule())
    await stage.register(org)
    mailbox.hold = threading.Event()
    async with couriers(mailbox) as (sender,):
        await sender.run(stage.db)
        await until(lambda: len(mailbox.mails) == 1)
        mailbox.hold.set()
        await sender.finish(stage.db, seconds=5)
    assert (await stage.message(org)).state == "sent"


async def test_silence_after_the_mail_was_handed_over_is_unknown(mailbox: Mailbox) -> None:
    mailbox.hold = threading.Event()
    server = MailServer.parse(f"smtp://127.0.0.1:{mailbox.port}", helo_name="localhost")
    mailer = Mailer(server, connections=1, timeout_seconds=0.3)
    outcome = await mailer.send(a_mail())
    await mailer.close()
    assert (outcome.verdict, outcome.reason) == (Verdict.UNKNOWN, "no_answer")
    assert len(mailbox.mails) == 1


async def test_a_connection_that_died_idle_is_replaced_before_anything_is_lost(mailbox: Mailbox) -> None:
    server = MailServer.parse(f"smtp://127.0.0.1:{mailbox.port}", helo_name="localhost")
    mailer = Mailer(server, connections=1)
    assert (await mailer.send(a_mail())).verdict is Verdict.DELIVERED
    await mailbox.hang_up()
    assert (await mailer.send(a_mail())).verdict is Verdict.DELIVERED
    await mailer.close()
    assert len(mailbox.mails) == len(mailbox.sessions) == 2


async def test_a_sender_that_raises_costs_one_attempt_of_one_message(stage: Stage, mailbox: Mailbox) -> None:
    org = await stage.organisation(a_rule())
    await stage.register(org)

    class Broken(Mailer):
        async def send(self, _mail: Mail) -> object:  # type: ignore[override]
            raise RuntimeError("a bug")

    broken = Broken(MailServer.parse(f"smtp://127.0.0.1:{mailbox.port}", helo_name="localhost"), connections=1)
    await settle(
        stage.db, Courier("email", sender=email.mail_sender(broken, at_once=4, keys=LINK_KEYS), clock=SystemClock())
    )
    assert await verdicts(stage, org) == [(1, "unknown", None, "sender_error")]
    assert (await stage.message(org)).state == "outcome_unknown"


def a_mail() -> Mail:
    return Mail(
        message_id=new_id(), org=new_id(), case_id=new_id(), sender_name="We", sender_email="we@example.com",
        to="buyer@customer.example", subject="s", body="b", locale="en", at=NINE,
    )  # fmt: skip
