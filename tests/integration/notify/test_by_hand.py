"""To-dos of people and hours of the day, over HTTP, PostgreSQL and a simulated clock."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.notify.delivery.store import pending
from services.notify.inbox.jobs import begin
from services.notify.messages.store.tables import ATTEMPT, MESSAGE
from shared.kernel.clock import SystemClock
from shared.kernel.ids import OrgId, new_id
from shared.platform.db.transaction import reading
from tests.integration.notify.stage import NINE, Mailbox, Stage, a_rule, advanced, couriers, registered, settle
from tests.integration.notify.test_api import ABSENT, Api
from tests.integration.notify.test_api import api as api  # the fixture
from tests.integration.notify.test_purge import purged
from tests.support.statements import statements_of

HOURS = [{"opens": "09:00", "closes": "12:00"}, {"opens": "15:00", "closes": "18:00"}]
SCOPES = "messages:read messages:write"


def a_fax(**changed: Any) -> dict[str, Any]:
    return a_rule(channels=["fax"], **changed)


def local(text: str) -> datetime:
    """An instant of March 2026 in Shanghai."""
    return datetime.fromisoformat(f"2026-03-{text}+08:00").astimezone(UTC)


async def to_do(api: Api, org: str, **params: str) -> list[dict[str, Any]]:
    who = {"sub": params.pop("sub", "wang"), "roles": [params.pop("role", "clerk")]}
    page = await api.get("/v1/messages", org=org, params={"state": "to_do", **params}, **who)
    items: list[dict[str, Any]] = page.json()["items"]
    return items


async def confirm(api: Api, org: str, message_id: str, **options: Any) -> Any:
    body = options.pop("body", {"delivered": True})
    asked = {"sub": "wang", "roles": ["clerk"], "scope": SCOPES} | options
    return await api.call("POST", f"/v1/messages/{message_id}/done", org=org, json=body, **asked)


async def rest(stage: Stage, org: OrgId, *, now: datetime) -> tuple[dict[str, int], datetime | None]:
    async with reading(stage.db) as tx:
        return await pending(tx, org, now)


async def test_a_fax_is_listed_and_done(stage: Stage, api: Api) -> None:
    org = await stage.organisation(a_fax(), now=NINE)
    case_id = await stage.register(org)
    (item,) = await to_do(api, org)
    assert (item["case_id"], item["state"], item["channel"], item["handled_by"]) == (
        case_id,
        "to_do",
        "fax",
        "role:clerk",
    )
    assert (item["address"], item["due_at"], item["body"], item["attempts"]) == (None, None, "华东钢构", [])
    ((kind, waits),) = await stage.events(org)
    assert (kind, waits["handled_by"], waits["deliver_by"]) == ("message.to_do.v1", "role:clerk", None)
    await stage.advance_clock(org, NINE + timedelta(hours=2))

    told = await confirm(api, org, item["message_id"], body={"delivered": True, "note": "传真已收到"})

    assert (told.status_code, told.json()["state"], told.json()["at"]) == (200, "sent", "2026-03-16T03:00:00Z")
    assert told.json()["attempts"] == [
        {
            "number": 1,
            "started_at": "2026-03-16T03:00:00Z",
            "ended_at": "2026-03-16T03:00:00Z",
            "result": "delivered",
            "code": None,
            "reason": "by_hand",
            "subject": "wang",
            "note": "传真已收到",
        }
    ]
    assert await to_do(api, org) == []
    _, (kind, event) = await stage.events(org)
    assert (kind, event["channel"], event["attempts"]) == ("message.sent.v1", "fax", 1)
    assert "传真" not in str(event)


async def test_a_fax_that_did_not_arrive_has_failed_and_the_next_channel_follows(stage: Stage, api: Api) -> None:
    org = await stage.organisation(a_rule(channels=["fax", "phone"]), now=NINE)
    await stage.register(org)
    (fax,) = await to_do(api, org)
    failed = await confirm(api, org, fax["message_id"], body={"delivered": False, "note": "busy"})
    assert (failed.json()["state"], failed.json()["reason"]) == ("failed", "not_delivered")
    (call,) = await to_do(api, org)
    assert (call["channel"], call["body"]) == ("phone", fax["body"])
    kinds = [kind for kind, _ in await stage.events(org)]
    assert kinds == ["message.to_do.v1", "message.failed.v1", "message.to_do.v1"]
    assert (await confirm(api, org, call["message_id"])).json()["state"] == "sent"


async def test_a_mail_that_failed_may_be_told_by_whom_the_pack_names(stage: Stage, api: Api, mailbox: Mailbox) -> None:
    org = await stage.organisation(a_rule(handled_by="leader"), a_rule(id="own"), now=NINE)
    await stage.register(org)
    mailbox.answers = ["550 no such user", "550 no such user"]
    async with couriers(mailbox) as senders:
        await settle(stage.db, *senders)
    failed = await stage.message(org, rule="tell")
    own = await stage.message(org, rule="own")
    refused = await confirm(api, org, str(failed.message_id))
    assert (refused.status_code, refused.json()["fields"]) == (403, {"handled_by": "role:leader"})
    not_told = await confirm(api, org, str(failed.message_id), roles=["leader"], body={"delivered": False})
    assert (not_told.status_code, not_told.json()["code"]) == (409, "illegal_message_transition")
    told = await confirm(api, org, str(failed.message_id), roles=["leader"], body={"delivered": True, "note": "phoned"})
    assert (told.status_code, told.json()["state"], told.json()["reason"]) == (200, "sent", None)
    assert [(each["result"], each["subject"]) for each in told.json()["attempts"]] == [
        ("permanent", None),
        ("delivered", "wang"),
    ]
    assert (await confirm(api, org, str(own.message_id))).json()["state"] == "sent"
    assert (await confirm(api, org, str(own.message_id))).status_code == 409
    kinds = Counter(kind for kind, _ in await stage.events(org))
    assert kinds == {"message.failed.v1": 2, "message.sent.v1": 2}


async def test_what_is_no_to_do_is_refused(stage: Stage, api: Api) -> None:
    org = await stage.organisation(a_fax(), a_rule(id="mail"), now=NINE)
    await stage.register(org)
    (fax,) = await to_do(api, org)
    assert (await confirm(api, org, fax["message_id"])).status_code == 200
    mail = await stage.message(org, channel="email")
    for message_id, state in ((fax["message_id"], "sent"), (str(mail.message_id), "queued")):
        refused = await confirm(api, org, message_id)
        assert (refused.status_code, refused.json()["code"]) == (409, "illegal_message_transition")
        assert refused.json()["fields"] == {"state": state, "action": "done"}
    assert len(await stage.rows(ATTEMPT, ATTEMPT.c.org_id == org)) == 1


async def test_only_who_is_to_deliver_confirms(stage: Stage, api: Api) -> None:
    org = await stage.organisation(a_fax(), a_fax(id="own", handled_by="first_responder"), now=NINE)
    await stage.register(org)
    of_role, own = await to_do(api, org)
    refused = await confirm(api, org, of_role["message_id"], roles=["leader"])
    assert (refused.status_code, refused.json()["code"]) == (403, "handler_required")
    assert (refused.json()["fields"], refused.json()["cite"]) == ({"handled_by": "role:clerk"}, "X-5 Art.5")
    assert (await confirm(api, org, own["message_id"])).json()["fields"] == {"handled_by": "subject:chen"}
    assert (await confirm(api, org, own["message_id"], sub="chen", roles=[])).status_code == 200
    assert (await confirm(api, org, of_role["message_id"], scope="messages:read")).status_code == 403
    assert [item["rule"] for item in await to_do(api, org)] == ["tell"]
    assert await to_do(api, org, mine="true", role="leader") == []
    assert [item["rule"] for item in await to_do(api, org, mine="true")] == ["tell"]


async def test_a_foreign_organisation_has_no_such_message(stage: Stage, api: Api) -> None:
    org, other = await stage.organisation(a_fax(), now=NINE), await stage.organisation(a_fax(), now=NINE)
    await stage.register(org)
    (item,) = await to_do(api, org)
    for message_id in (item["message_id"], ABSENT):
        answer = await confirm(api, other, message_id)
        assert (answer.status_code, answer.json()["code"]) == (404, "message_not_found")
    assert await to_do(api, other) == []
    assert len(await to_do(api, org)) == 1


@pytest.mark.parametrize(
    "body", [{}, {"delivered": "yes"}, {"delivered": 1}, {"delivered": True, "note": ""}, {"delivered": True, "x": 1}]
)
async def test_a_confirmation_says_plainly_what_happened(stage: Stage, api: Api, body: dict[str, Any]) -> None:
    org = await stage.organisation(a_fax(), now=NINE)
    await stage.register(org)
    (item,) = await to_do(api, org)
    assert (await confirm(api, org, item["message_id"], body=body)).status_code == 422
    assert len(await to_do(api, org)) == 1


async def test_the_list_is_of_to_dos_and_paged_with_one_statement_a_page(stage: Stage, api: Api) -> None:
    org = await stage.organisation(a_fax(on=["case.accepted"]), now=NINE)
    case_id = await stage.register(org)
    for _ in range(5):
        await stage.happens(advanced(case_id, "case.accepted"), org=org, case_id=case_id)
    for state in ("", "nonsense"):
        assert (await api.get("/v1/messages", org=org, params={"state": state})).status_code == 422
    assert (await api.get("/v1/messages", org=org)).status_code == 422
    statements = statements_of(stage.db.engine.sync_engine)
    first = await api.get("/v1/messages", org=org, params={"state": "to_do", "limit": "3"})
    assert len(statements) == 1
    after = first.json()["next"]
    second = await api.get("/v1/messages", org=org, params={"state": "to_do", "limit": "3", "after": after})
    seen = [item["message_id"] for page in (first, second) for item in page.json()["items"]]
    assert (len(seen), seen) == (5, sorted(set(seen)))


async def test_the_same_confirmation_under_one_key_is_one_effect(stage: Stage, api: Api) -> None:
    org = await stage.organisation(a_fax(), now=NINE)
    await stage.register(org)
    (item,) = await to_do(api, org)
    key = new_id()
    first = await confirm(api, org, item["message_id"], key=key)
    again = await confirm(api, org, item["message_id"], key=key)
    assert (first.status_code, again.status_code, first.json()) == (200, 200, again.json())
    assert [kind for kind, _ in await stage.events(org)] == ["message.to_do.v1", "message.sent.v1"]
    assert len(await stage.rows(ATTEMPT, ATTEMPT.c.org_id == org)) == 1


async def test_twenty_confirmations_at_once_are_one(stage: Stage, api: Api) -> None:
    org = await stage.organisation(a_fax(), now=NINE)
    await stage.register(org)
    (item,) = await to_do(api, org)
    answers = await asyncio.gather(*(confirm(api, org, item["message_id"]) for _ in range(20)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 19}
    assert [kind for kind, _ in await stage.events(org)] == ["message.to_do.v1", "message.sent.v1"]
    assert len(await stage.rows(ATTEMPT, ATTEMPT.c.org_id == org)) == 1


async def test_what_is_no_longer_true_at_confirmation_is_skipped(stage: Stage, api: Api) -> None:
    org = await stage.organisation(a_fax(still_valid="case.status == 'open'"), now=NINE)
    case_id = await stage.register(org)
    (item,) = await to_do(api, org)
    await stage.happens(advanced(case_id, "case.closed", status="done"), org=org, case_id=case_id)
    told = (await confirm(api, org, item["message_id"])).json()
    assert (told["state"], told["reason"]) == ("skipped", "case_moved_on")
    assert [(each["result"], each["subject"]) for each in told["attempts"]] == [("delivered", "wang")]
    assert [kind for kind, _ in await stage.events(org)] == ["message.to_do.v1", "message.skipped.v1"]
    assert (await confirm(api, org, item["message_id"])).status_code == 409


@pytest.mark.parametrize(("late", "state"), [(timedelta(), "sent"), (timedelta(microseconds=1), "skipped")])
async def test_a_confirmation_after_the_deadline_is_skipped(
    stage: Stage, api: Api, late: timedelta, state: str
) -> None:
    org = await stage.organisation(a_fax(deadline={"amount": 2, "unit": "hour"}), now=NINE)
    await stage.register(org)
    (item,) = await to_do(api, org)
    await stage.advance_clock(org, NINE + timedelta(hours=2) + late)
    told = (await confirm(api, org, item["message_id"])).json()
    assert (told["state"], told["reason"]) == (state, "deadline_passed" if state == "skipped" else None)


async def test_a_to_do_is_no_work_in_flight_and_a_wait_for_hours_is_due_later(stage: Stage, api: Api) -> None:
    noon = local("16T12:30")
    org = await stage.organisation(a_fax(hours=HOURS), now=noon)
    await stage.register(org)
    opens = local("16T15:00")
    assert await to_do(api, org) == []
    assert await rest(stage, org, now=noon) == ({}, opens)
    assert await begin(stage.db) == 0

    await stage.advance_clock(org, opens)
    assert await rest(stage, org, now=opens) == ({"message.fax": 1}, None)
    assert await begin(stage.db) == 1
    assert await rest(stage, org, now=opens) == ({}, None)
    (item,) = await to_do(api, org)
    assert (item["rule"], item["due_at"]) == ("tell", None)
    assert await begin(stage.db) == 0


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("02T09:00:00", None),
        ("02T11:59:59", None),
        ("02T12:00:00", "02T15:00"),
        ("02T12:30:00", "02T15:00"),
        ("02T18:20:00", "03T09:00"),
    ],
)
async def test_a_mail_waits_for_its_hours(stage: Stage, mailbox: Mailbox, api: Api, now: str, due: str | None) -> None:
    org = await stage.organisation(a_rule(hours=HOURS), now=local(now))
    case_id = await stage.register(org)
    async with couriers(mailbox) as senders:
        await settle(stage.db, *senders)
        if due is not None:
            shown = (await api.get(f"/v1/cases/{case_id}/messages", org=org)).json()["items"][0]
            assert (shown["state"], datetime.fromisoformat(shown["due_at"])) == ("queued", local(due))
            assert await rest(stage, org, now=local(now)) == ({}, local(due))
            assert mailbox.subjects() == []
            await stage.advance_clock(org, local(due) - timedelta(microseconds=1))
            await settle(stage.db, *senders)
            assert mailbox.subjects() == []
            await stage.advance_clock(org, local(due))
            await settle(stage.db, *senders)
    sent = await stage.message(org)
    assert (sent.state, sent.ended_at, len(mailbox.mails)) == ("sent", local(due or now), 1)


async def test_an_attempt_that_falls_outside_the_hours_waits_for_the_next(stage: Stage, mailbox: Mailbox) -> None:
    org = await stage.organisation(a_rule(hours=HOURS), now=local("16T11:59:58"))
    await stage.register(org)
    mailbox.answers = ["451 later"]
    async with couriers(mailbox) as senders:
        await settle(stage.db, *senders)
        again = (await stage.message(org)).due_at
        assert again > local("16T12:00")
        await stage.advance_clock(org, again)
        await settle(stage.db, *senders)
        waits = await stage.message(org)
        assert (waits.state, waits.due_at, waits.attempts) == ("queued", local("16T15:00"), 1)
        await stage.advance_clock(org, local("16T15:00"))
        await settle(stage.db, *senders)
    assert ((await stage.message(org)).state, len(mailbox.mails)) == ("sent", 1)


async def test_an_inbox_is_told_when_its_hours_come(stage: Stage, api: Api) -> None:
    rule = a_rule(channels=["internal"], recipients=[{"role": "clerk"}], hours=HOURS)
    org = await stage.organisation(rule, now=local("16T18:00"))
    await stage.register(org)
    inbox = await api.get("/v1/inbox", org=org, roles=["clerk"])
    assert inbox.json()["items"] == []
    await stage.advance_clock(org, local("17T09:00"))
    assert await begin(stage.db) == 1
    (item,) = (await api.get("/v1/inbox", org=org, roles=["clerk"])).json()["items"]
    assert (item["state"], item["at"]) == ("sent", "2026-03-17T01:00:00Z")
    assert [(each["number"], each["result"]) for each in item["attempts"]] == [(1, "delivered")]
    assert [kind for kind, _ in await stage.events(org)] == ["message.sent.v1"]


async def test_what_is_no_longer_true_when_its_hours_come_is_skipped(stage: Stage, api: Api) -> None:
    org = await stage.organisation(a_fax(hours=HOURS, still_valid="case.status == 'open'"), now=local("16T12:30"))
    case_id = await stage.register(org)
    await stage.happens(advanced(case_id, "case.closed", status="done"), org=org, case_id=case_id)
    await stage.advance_clock(org, local("16T15:00"))
    assert await begin(stage.db) == 1
    assert ((await stage.message(org)).state, await to_do(api, org)) == ("skipped", [])


async def test_what_is_found_late_waits_for_the_next_hours(stage: Stage) -> None:
    org = await stage.organisation(a_fax(hours=HOURS), now=local("16T12:30"))
    await stage.register(org)
    await stage.advance_clock(org, local("16T18:00"))
    assert await begin(stage.db) == 1
    waits = await stage.message(org)
    assert (waits.state, waits.due_at) == ("queued", local("17T09:00"))


async def test_on_the_real_clock_what_is_found_outside_its_hours_waits_on(stage: Stage) -> None:
    in_the_morning = SystemClock().now().astimezone(ZoneInfo("Asia/Shanghai")).hour < 12
    hours = {"opens": "18:00", "closes": "24:00"} if in_the_morning else {"opens": "00:00", "closes": "06:00"}
    org = await stage.organisation(a_fax(hours=[hours]))
    await stage.register(org)
    due_at = (await stage.message(org, state="queued")).due_at
    await stage.make_due(org)
    assert await begin(stage.db) == 1
    assert (await stage.message(org, state="queued")).due_at == due_at


async def test_the_same_event_twice_is_one_to_do(stage: Stage) -> None:
    org = await stage.organisation(a_fax(), now=NINE)
    event_id = new_id()
    case_id = await stage.register(org, event_id=event_id)
    await stage.happens(registered(case_id), org=org, case_id=case_id, event_id=event_id)
    assert len(await stage.rows(MESSAGE, MESSAGE.c.org_id == org)) == 1


async def test_a_purged_case_leaves_no_to_do_and_no_note(stage: Stage, api: Api) -> None:
    org = await stage.organisation(a_fax(), a_fax(id="second"), now=NINE)
    case_id = await stage.register(org)
    first, second = await to_do(api, org)
    await confirm(api, org, first["message_id"], body={"delivered": True, "note": "spoke to Mrs Zhang"})
    await stage.happens(purged(case_id), org=org, case_id=case_id)
    assert await to_do(api, org) == []
    left = (await api.get(f"/v1/messages/{second['message_id']}", org=org)).json()
    assert (left["state"], left["reason"], left["body"]) == ("skipped", "case_purged", "")
    ((told, note),) = [(row.subject, row.note) for row in await stage.rows(ATTEMPT, ATTEMPT.c.org_id == org)]
    assert (told, note) == ("wang", None)


async def test_messages_are_listed_by_state_and_failure(stage: Stage, api: Api) -> None:
    org = await stage.organisation(a_fax(), now=NINE)
    await stage.register(org)
    (item,) = await to_do(api, org)
    body = {"delivered": False, "note": "no such number"}
    assert (await confirm(api, org, item["message_id"], body=body)).status_code == 200
    assert await to_do(api, org) == []
    (failed,) = (await api.get("/v1/messages", org=org, params={"state": "failed"})).json()["items"]
    assert failed["message_id"] == item["message_id"]
    by_reason = {"state": "failed", "reason": failed["reason"], "channel": "fax", "recipient": failed["recipient"]}
    assert len((await api.get("/v1/messages", org=org, params=by_reason)).json()["items"]) == 1
    for other in ({"reason": "other"}, {"channel": "email"}, {"recipient": "other"}):
        assert (await api.get("/v1/messages", org=org, params=by_reason | other)).json()["items"] == []
