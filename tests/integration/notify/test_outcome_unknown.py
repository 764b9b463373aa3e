"""A mail whose sender died, or whose server did not answer: what the mailbox and the record say afterwards (ADR 0065)."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final

import pytest

from services.notify.channels import email, webhook
from services.notify.channels.client.mail import Mailer, MailServer
from services.notify.channels.client.webhook import WebhookCaller
from services.notify.delivery import metrics
from services.notify.delivery.jobs import SAMPLES, Courier
from services.notify.messages.store.tables import ATTEMPT, MESSAGE
from services.notify.webhooks.store import list_endpoints
from services.notify.webhooks.use_cases.remove_webhook import RemoveWebhook, remove_webhook
from shared.kernel.clock import SystemClock
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import reading, transaction
from tests.integration.notify.breaking_smtp import breaking_server
from tests.integration.notify.receiver import Receiver, receiving
from tests.integration.notify.stage import LINK_KEYS, NINE, Mailbox, Stage, a_rule, advanced, couriers, settle, until
from tests.integration.notify.test_api import Api
from tests.integration.notify.test_api import api as api  # the fixture
from tests.integration.notify.test_by_hand import confirm
from tests.integration.notify.test_webhooks import SEALER, subscribe
from tests.support.killed import APPLICATION, dying
from tests.support.samples import take, values

PROGRAM: Final = ("tests.integration.notify.killed_courier",)
STILL_OPEN: Final = a_rule(still_valid="not(contains(case.milestones, 'case.closed'))")
TABLE: Final[dict[str, tuple[set[int], set[str]]]] = {
    "gather": ({0}, {"queued"}),
    "claim": ({0}, {"queued", "sending"}),
    "wait": ({0}, {"sending"}),
    "connect": ({0}, {"sending"}),
    "mail": ({0}, {"sending"}),
    "rcpt": ({0}, {"sending"}),
    "data": ({0, 1}, {"sending"}),
    "record": ({1}, {"sending", "sent"}),
}
"""Where the process was killed: how many mails may have come by then, and what states the record may have.

A commit that was sent and not awaited may stand or not.
"""


def dsn_of(stage: Stage) -> str:
    return stage.db.engine.url.render_as_string(hide_password=False)


async def gone(stage: Stage) -> bool:
    async with reading(stage.db) as tx:
        return not await tx.rows("SELECT FROM pg_stat_activity WHERE application_name = $1", (APPLICATION,))


def of(mailbox: Mailbox, message_id: str) -> list[str]:
    """The Message-IDs of the mails of a message."""
    return [str(mail["Message-ID"]) for mail in mailbox.mails if mail["X-Redress-Message"] == message_id]


async def taken(port: int) -> None:
    """The mail server has dealt with what came before: it answers a later session."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for command in (b"EHLO later\r\n", b"QUIT\r\n"):
        writer.write(command)
        await reader.readline()
    await reader.read()
    writer.close()


async def test_killed_at_every_await(stage: Stage, mailbox: Mailbox) -> None:
    async with dying(*PROGRAM, dsn_of(stage), "email", str(mailbox.port)) as kill:
        await killed_at_every_await(stage, mailbox, kill)


async def killed_at_every_await(stage: Stage, mailbox: Mailbox, kill: Callable[[int], Any]) -> None:
    seen: dict[str, set[tuple[int, str]]] = defaultdict(set)
    killed: list[tuple[OrgId, str, str, int]] = []
    while True:
        org = await stage.organisation(STILL_OPEN)
        case_id = await stage.register(org)
        where = await kill(len(killed) + 1)
        await until(lambda: gone(stage))
        await taken(mailbox.port)
        message = await stage.message(org)
        came = len(of(mailbox, message.message_id))
        if where is None:
            assert (message.state, came) == ("sent", 1)
            break
        assert came in TABLE[where][0], (where, len(killed))
        assert message.state in TABLE[where][1], (where, len(killed))
        assert came == 1 or message.state != "sent"
        seen[where].add((came, message.state))
        if len(killed) % 2:  # no longer wanted
            await stage.happens(advanced(case_id, "case.closed"), org=org, case_id=case_id)
        killed.append((org, message.message_id, message.state, came))
        await stage.end_leases(org)
        async with couriers(mailbox) as senders:
            await settle(stage.db, *senders)
        await check_afterwards(stage, mailbox, killed[-1], wanted=not (len(killed) - 1) % 2)
    assert len(killed) > 30
    assert seen.keys() == TABLE.keys()
    assert {came for came, _ in seen["data"]} == {0, 1}
    assert {state for _, state in seen["record"]} == {"sending", "sent"}


async def check_afterwards(
    stage: Stage, mailbox: Mailbox, killed: tuple[OrgId, str, str, int], *, wanted: bool
) -> None:
    """Once the lease has run out and a healthy sender has done what there was to do."""
    org, message_id, state, came = killed
    mails, events = of(mailbox, message_id), await stage.events(org)
    final = (await stage.message(org)).state
    kinds = [kind for kind, _ in events]
    match state, wanted:
        case "queued", True:
            assert (final, len(mails), kinds) == ("sent", 1, ["message.sent.v1"])
        case "queued", False:
            assert (final, len(mails), kinds) == ("skipped", 0, ["message.skipped.v1"])
        case "sending", True:
            assert (final, kinds) == ("sent", ["message.outcome_unknown.v1", "message.sent.v1"])
            assert (len(mails), len(set(mails))) == (came + 1, 1)
            assert (events[1][1]["attempts"], events[1][1]["unknown_attempts"]) == (2, 1)
        case "sending", False:
            assert (final, len(mails)) == ("outcome_unknown", came)
            assert kinds == ["message.outcome_unknown.v1"] * 2
            assert [data["repeats_at"] is None for _, data in events] == [False, True]
            assert [data["reason"] for _, data in events] == ["sender_vanished", "case_moved_on"]
        case _:
            assert (state, final, len(mails), kinds) == ("sent", "sent", 1, ["message.sent.v1"])


@asynccontextmanager
async def sender_to(port: int) -> AsyncIterator[Courier]:
    server = MailServer.parse(f"smtp://127.0.0.1:{port}", helo_name="localhost")
    mailer = Mailer(server, connections=1, timeout_seconds=5)
    yield Courier("email", sender=email.mail_sender(mailer, at_once=4, keys=LINK_KEYS), clock=SystemClock())
    await mailer.close()


async def attempts_of(stage: Stage, org: OrgId) -> list[tuple[str, str]]:
    rows = await stage.rows(ATTEMPT, ATTEMPT.c.org_id == org)
    return [(row.verdict, row.reason) for row in sorted(rows, key=lambda row: row.number)]


@pytest.mark.parametrize(
    ("step", "mails", "state", "attempt"),
    [
        ("connect", 0, "queued", ("temporary", "server_unreachable")),
        ("EHLO", 0, "queued", ("temporary", "server_unreachable")),
        ("MAIL", 0, "queued", ("temporary", "server_unreachable")),
        ("RCPT", 0, "queued", ("temporary", "server_unreachable")),
        ("DATA", 0, "outcome_unknown", ("unknown", "no_answer")),
        ("content", 0, "outcome_unknown", ("unknown", "no_answer")),
        ("answer", 1, "outcome_unknown", ("unknown", "no_answer")),
    ],
)
async def test_a_server_that_breaks_off(
    stage: Stage, step: str, mails: int, state: str, attempt: tuple[str, str]
) -> None:
    org = await stage.organisation(a_rule(), now=NINE)
    await stage.register(org)
    async with breaking_server(step) as server, sender_to(server.port) as sender:
        await settle(stage.db, sender)
        message = await stage.message(org)
        assert (message.state, len(server.mails), await attempts_of(stage, org)) == (state, mails, [attempt])
        assert timedelta(seconds=5) <= message.due_at - NINE < timedelta(seconds=5.5)

        await stage.advance_clock(org, message.due_at)
        await settle(stage.db, sender)
    assert (await stage.message(org)).state == "sent"
    assert len({str(mail["Message-ID"]) for mail in server.mails}) == 1
    assert len(server.mails) == mails + 1
    ended = (await stage.events(org))[-1]
    assert (ended[0], ended[1]["unknown_attempts"]) == ("message.sent.v1", 1 if state == "outcome_unknown" else 0)


async def left_unknown(stage: Stage, *rules: dict[str, Any], org: OrgId | None = None) -> tuple[OrgId, int]:
    """A message whose two attempts the server took without an answer, and how many mails came."""
    org = org or await stage.organisation(*(rules or [a_rule()]), now=NINE)
    await stage.register(org)
    async with breaking_server("answer", "answer") as server, sender_to(server.port) as sender:
        await settle(stage.db, sender)
        await stage.advance_clock(org, (await stage.message(org)).due_at)
        await settle(stage.db, sender)
        await stage.advance_clock(org, NINE + timedelta(days=10))
        await settle(stage.db, sender)
    return org, len(server.mails)


async def test_after_one_repetition_without_an_answer_no_further_mail_goes(stage: Stage) -> None:
    org, mails = await left_unknown(stage)
    message = await stage.message(org)
    assert (mails, message.state, message.due_at, message.attempts) == (2, "outcome_unknown", None, 2)
    assert message.ended_at is not None
    events = await stage.events(org)
    assert [kind for kind, _ in events] == ["message.outcome_unknown.v1"] * 2
    assert [data["attempts"] for _, data in events] == [1, 2]
    assert events[1][1]["repeats_at"] is None


async def test_a_repetition_that_is_refused_leaves_the_first_attempt_unknown(stage: Stage, mailbox: Mailbox) -> None:
    org = await stage.organisation(a_rule(recipients=[{"role": "leader"}]), now=NINE)
    await stage.register(org)
    async with breaking_server("answer") as server, sender_to(server.port) as sender:
        await settle(stage.db, sender)
    mailbox.answers = ["451 later", "550 no such user"]
    async with sender_to(mailbox.port) as sender:
        for _ in range(2):
            await stage.advance_clock(org, (await stage.message(org)).due_at)
            await settle(stage.db, sender)
    message = await stage.message(org)  # and none over the next channel: it may have been told
    assert (message.state, message.reason, message.due_at) == ("outcome_unknown", "smtp_refused", None)
    assert [data["repeats_at"] is None for _, data in await stage.events(org)] == [False, True]


async def test_the_answer_of_a_sender_that_was_only_slow_settles_it(stage: Stage, mailbox: Mailbox) -> None:
    org = await stage.organisation(STILL_OPEN)
    case_id = await stage.register(org)
    async with couriers(mailbox, count=2) as (slow, other):
        await slow.run(stage.db)
        await until(lambda: len(mailbox.mails) == 1)
        await stage.happens(advanced(case_id, "case.closed"), org=org, case_id=case_id)
        await stage.end_leases(org)
        await settle(stage.db, other)
        assert (await stage.message(org)).state == "outcome_unknown"
        await settle(stage.db, slow)
    assert ((await stage.message(org)).state, len(mailbox.mails)) == ("sent", 1)
    events = await stage.events(org)
    assert [kind for kind, _ in events] == ["message.outcome_unknown.v1"] * 2 + ["message.sent.v1"]
    assert events[2][1]["unknown_attempts"] == 0


async def test_it_is_listed_and_a_person_says_what_became_of_it(stage: Stage, api: Api) -> None:
    org, _ = await left_unknown(stage)
    repeated = await stage.organisation(a_rule(), now=NINE)
    await stage.register(repeated)
    async with breaking_server("answer") as server, sender_to(server.port) as sender:
        await settle(stage.db, sender)

    [left] = await in_state(api, org, "outcome_unknown")
    assert (left["state"], left["due_at"], left["reason"], left["unknown_attempts"]) == (
        "outcome_unknown", None, "no_answer", 2,
    )  # fmt: skip
    [waits] = await in_state(api, repeated, "outcome_unknown")
    assert (waits["due_at"] is not None, waits["unknown_attempts"]) == (True, 1)
    assert [await in_state(api, repeated, state) for state in ("queued", "sent", "skipped", "failed")] == [[]] * 4

    stranger = await confirm(api, org, left["message_id"], roles=["leader"])
    assert (stranger.status_code, stranger.json()["fields"]) == (403, {"handled_by": "role:clerk"})
    told = await confirm(api, org, left["message_id"], body={"delivered": True, "note": "it is in the mailbox"})
    assert (told.status_code, told.json()["state"], told.json()["reason"]) == (200, "sent", None)
    assert [(each["result"], each["subject"]) for each in told.json()["attempts"]] == [
        ("unknown", None), ("unknown", None), ("delivered", "wang"),
    ]  # fmt: skip
    assert [kind for kind, _ in await stage.events(org)][2:] == ["message.sent.v1"]
    assert (await confirm(api, org, left["message_id"])).status_code == 409


async def test_while_it_is_repeated_it_is_still_shown_as_unknown(stage: Stage, api: Api, mailbox: Mailbox) -> None:
    org = await stage.organisation(a_rule())
    await stage.register(org)
    async with couriers(mailbox, count=2) as (crashed, second):
        await crashed.run(stage.db)
        await stage.end_leases(org)
        await second.run(stage.db)  # the outcome is unknown from now on
        await second.run(stage.db)  # and it is sending again
        assert (await stage.message(org)).state == "sending"
        assert [item["state"] for item in await in_state(api, org, "outcome_unknown")] == ["outcome_unknown"]
        assert await in_state(api, org, "queued") == []


async def test_what_did_not_arrive_goes_over_the_next_channel(stage: Stage, api: Api) -> None:
    org, _ = await left_unknown(stage, a_rule(recipients=[{"role": "leader"}]))
    [left] = await in_state(api, org, "outcome_unknown")
    told = await confirm(api, org, left["message_id"], body={"delivered": False})
    assert (told.json()["state"], told.json()["reason"]) == ("failed", "not_delivered")
    inbox = await stage.message(org, channel="internal")
    assert (inbox.state, inbox.address) == ("sent", "role:leader")
    kinds = [kind for kind, _ in await stage.events(org)]
    assert kinds == ["message.outcome_unknown.v1"] * 2 + ["message.failed.v1", "message.sent.v1"]


async def test_what_did_not_arrive_and_is_out_of_date_goes_nowhere(stage: Stage, api: Api, mailbox: Mailbox) -> None:
    org = await stage.organisation({**STILL_OPEN, "recipients": [{"role": "leader"}]})
    case_id = await stage.register(org)
    async with couriers(mailbox, count=2) as (crashed, second):
        await crashed.run(stage.db)
        await stage.happens(advanced(case_id, "case.closed"), org=org, case_id=case_id)
        await stage.end_leases(org)
        await settle(stage.db, second)
    [left] = await in_state(api, org, "outcome_unknown")
    assert (await confirm(api, org, left["message_id"], body={"delivered": False})).json()["state"] == "failed"
    assert [row.channel for row in await stage.rows(MESSAGE, MESSAGE.c.org_id == org)] == ["email"]


async def in_state(api: Api, org: OrgId, state: str) -> list[dict[str, Any]]:
    page = await api.get("/v1/messages", org=org, params={"state": state})
    items: list[dict[str, Any]] = page.json()["items"]
    return items


async def test_how_many_are_unknown_is_measured(stage: Stage, mailbox: Mailbox) -> None:
    await left_unknown(stage)
    waiting = await stage.organisation(a_rule(), now=NINE)
    await stage.register(waiting)
    async with breaking_server("answer") as server, sender_to(server.port) as sender:
        await settle(stage.db, sender)
    await take(stage.db, SAMPLES)
    assert values(metrics.MESSAGES_UNKNOWN) == {("repetition",): 1, ("person",): 1}
    assert len(await stage.rows(MESSAGE, MESSAGE.c.state == "outcome_unknown")) == 2


@pytest.mark.parametrize("disabled", [False, True])
async def test_a_webhook_killed_at_every_await(stage: Stage, *, disabled: bool) -> None:
    """Its receiver drops what it had by the webhook-id, so it is sent again; to an endpoint that is gone it is not."""
    seen: dict[str, set[tuple[int, str]]] = defaultdict(set)
    async with receiving() as receiver, dying(*PROGRAM, dsn_of(stage), "webhook") as kill:
        number = 0
        while (where := await one_webhook(stage, receiver, kill, number := number + 1, seen)) is not None:
            org, came, state = where
            if disabled:
                await remove_all(stage, org)
            await stage.end_leases(org)
            await send_webhooks(stage)
            expected = {
                ("queued", False): ("sent", 1), ("sending", False): ("sent", came + 1), ("sent", False): ("sent", 1),
                ("queued", True): ("skipped", 0), ("sending", True): ("outcome_unknown", came), ("sent", True): ("sent", 1),
            }[state, disabled]  # fmt: skip
            message = await stage.message(org)
            assert (message.state, requests_of(receiver, message.message_id)) == expected, (number, state)
    assert number > 20
    assert seen.keys() == {"gather", "claim", "wait", "connect", "post", "record"}
    assert {came for came, _ in seen["post"]} == {0, 1}


async def send_webhooks(stage: Stage) -> None:
    caller = WebhookCaller(allow_loopback=True)
    sender = webhook.webhook_sender(caller, sealer=SEALER, at_once=4, clock=SystemClock())
    await settle(stage.db, Courier("webhook", sender=sender, clock=SystemClock()))
    await caller.close()


async def one_webhook(
    stage: Stage, receiver: Receiver, kill: Callable[[int], Any], number: int, seen: dict[str, set[tuple[int, str]]]
) -> tuple[OrgId, int, str] | None:
    """A delivery whose sender was killed at that await: requests that came, and the state; None when it ended."""
    org = await stage.organisation()
    await subscribe(stage, org, receiver.url)
    await stage.register(org)
    where = await kill(number)
    await until(lambda: gone(stage))
    await until(lambda: receiver.open == 0)
    message = await stage.message(org)
    came = requests_of(receiver, message.message_id)
    if where is None:
        assert (message.state, came) == ("sent", 1)
        return None
    assert message.state in ({"queued"} if where == "gather" else {"queued", "sending", "sent"})
    assert came == (1 if message.state == "sent" else 0) or where in ("post", "record", "wait")
    seen[where].add((came, message.state))
    return org, came, message.state


def requests_of(receiver: Receiver, message_id: str) -> int:
    return sum(request.headers["webhook-id"] == message_id for request in receiver.received)


async def remove_all(stage: Stage, org: OrgId) -> None:
    async with transaction(stage.db) as tx:
        for endpoint in await list_endpoints(tx, org=org):
            cmd = RemoveWebhook(org=org, endpoint_id=endpoint.endpoint_id)
            await remove_webhook(tx, cmd, now=SystemClock().now())
