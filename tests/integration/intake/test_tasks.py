"""The one list of what is to be done: by person, role, kind, due instant and words; kept by every write."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from services.intake.search.store import plan_for_values
from services.intake.tasks.store import TaskFilter, Words, task_counts, task_list, words_of
from shared.kernel.ids import new_id
from shared.kernel.instants import parse_instant
from shared.platform.db.transaction import snapshot
from tests.integration.intake.conftest import CUSTOMER, START, Intake
from tests.support.event_samples import an_event
from tests.support.plans import plans_of, scanned_whole

REMEDY = new_id()
SEED = """
INSERT INTO intake.task (org_id, case_id, kind, ref, what, label_zh, label_en, roles, cite, due_at)
SELECT :org, :case, CASE WHEN n % 10 = 0 THEN 'approval' ELSE 'step' END, 'ref' || n, 'w', 'zh', 'en',
    ARRAY['role' || n % 4], 'c', timestamptz '2026-03-01' + n * interval '1 minute'
FROM generate_series(1, 4000) AS n
"""


async def tasks(intake: Intake, *, by: str = "chen", **params: Any) -> dict[str, Any]:
    answer = await intake.get("/v1/tasks", by=by, **params)
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()
    return result


async def what(intake: Intake, *, by: str = "chen", **params: Any) -> list[str]:
    return [item["what"] for item in (await tasks(intake, by=by, **params))["items"]]


async def test_a_new_case_has_the_steps_that_lead_on(intake: Intake) -> None:
    case_id = await intake.register(order_ref="SO-1")
    found = await tasks(intake, kind="step")
    step = next(item for item in found["items"] if item["what"] == "analyse")
    shown = [step[name] for name in ("number", "customer_name", "customer_ref", "order_ref", "case_type", "kind")]
    assert shown == ["QO-202603-00001", CUSTOMER["name"], "C-2201", "SO-1", "quality_objection", "step"]
    assert (step["link"], step["due_at"]) == (f"/v1/cases/{case_id}/steps/analyse", None)
    assert found["counts"]["step"] == len(found["items"])
    assert "analyse" in await what(intake, mine="true")
    assert "analyse" not in await what(intake, mine="true", by="lin")
    assert "analyse" in await what(intake, role=step["roles"][0], q="江")
    assert await what(intake, q="没有") == []
    assert await what(intake, case_type="other") == []


async def test_a_step_that_was_taken_is_no_task_any_more(intake: Intake) -> None:
    case_id = await intake.register()
    await intake.taken(case_id, "analyse", {"in_scope": True, "needs_visit": True, "opinion": "edge cracks"})
    assert "analyse" not in await what(intake)
    page = await intake.page(case_id)
    allowed = {step["step"] for step in page["next"]}
    assert set(await what(intake, kind="step")) <= allowed


async def test_tasks_of_money_come_and_go_with_the_remedy(intake: Intake) -> None:
    case_id = await intake.register()
    for name, found in (("remedy.accepted", "approval"), ("remedy.approved", "payout"), ("remedy.executed", None)):
        event = an_event(name, case_id)
        asked = {"remaining": ["unit_leader"]} if name == "remedy.accepted" else {}
        await intake.hear(event.model_copy(update=asked), thing=REMEDY)
        counts = (await tasks(intake))["counts"]
        kinds = [kind for kind in ("approval", "payout", "in_doubt") if counts[kind]]
        assert kinds == ([found] if found else []), name


def a_message(name: str, case_id: str, **changed: Any) -> Any:
    told = {"rule": "told", "recipient": "customer", "channel": "fax", "on": "case.registered"}
    return an_event(name, case_id).model_copy(update=told | changed)


async def test_a_message_to_deliver_by_hand_is_a_task_until_it_is_told(intake: Intake) -> None:
    case_id = await intake.register(order_ref="SO-1")
    message, later = new_id(), START + timedelta(days=2)
    waits = a_message("message.to_do", case_id, message_id=message, handled_by="role:objection_team", deliver_by=later)
    await intake.hear(waits, thing=message, version=1)
    [task] = (await tasks(intake, kind="message"))["items"]
    shown = [task[name] for name in ("number", "customer_name", "customer_ref", "order_ref", "what", "roles", "person")]
    assert shown == ["QO-202603-00001", CUSTOMER["name"], "C-2201", "SO-1", "told", ["objection_team"], None]
    assert task["label"] == {"zh": "人工送达：客户（传真）", "en": "Deliver by hand: Customer (fax)"}
    assert (task["link"], parse_instant(task["due_at"])) == (f"/v1/messages/{message}/done", later)
    assert (await tasks(intake, kind="step"))["counts"]["message"] == 1
    assert await what(intake, kind="message", mine="true") == []
    assert await what(intake, kind="message", mine="true", by="wang") == ["told"]
    assert await what(intake, kind="message", role="objection_team", due_before="2026-03-07T02:00:00Z") == ["told"]
    await intake.hear(a_message("message.sent", case_id, message_id=message), thing=message, version=3)
    assert await what(intake, kind="message") == []


async def test_what_one_person_delivers_is_that_persons_task(intake: Intake) -> None:
    case_id = await intake.register()
    message = new_id()
    waits = a_message("message.to_do", case_id, message_id=message, handled_by="subject:chen")
    await intake.hear(waits, thing=message, version=1)
    [task] = (await tasks(intake, kind="message"))["items"]
    assert (task["roles"], task["person"], task["due_at"]) == ([], "chen", None)
    assert await what(intake, kind="message", mine="true") == ["told"]
    assert await what(intake, kind="message", mine="true", by="wang") == []
    assert await what(intake, kind="message", role="objection_team") == []


async def test_a_message_that_failed_is_a_task_of_the_owner_until_another_stands_in(intake: Intake) -> None:
    case_id = await intake.register()
    owner = (await intake.page(case_id))["owner"]
    first, second = sorted((new_id(), new_id()))
    await intake.hear(a_message("message.failed", case_id, message_id=first, channel="email"), thing=first, version=2)
    [task] = (await tasks(intake, kind="message"))["items"]
    assert (task["roles"], task["label"]["en"]) == ([owner], "Not delivered: Customer (e-mail)")
    waits = a_message("message.to_do", case_id, message_id=second, handled_by="role:objection_team")
    await intake.hear(waits, thing=second, version=1)
    assert [each["link"] for each in (await tasks(intake, kind="message"))["items"]] == [f"/v1/messages/{second}/done"]
    await intake.hear(a_message("message.skipped", case_id, message_id=second), thing=second, version=3)
    assert await what(intake, kind="message") == []


async def test_a_message_of_unknown_outcome_is_a_task_once_it_is_not_repeated(intake: Intake) -> None:
    case_id = await intake.register()
    message, owner = new_id(), (await intake.page(case_id))["owner"]
    unknown = a_message("message.outcome_unknown", case_id, message_id=message, channel="email")
    repeats_at = START + timedelta(seconds=5)
    await intake.hear(unknown.model_copy(update={"repeats_at": repeats_at}), thing=message, version=2)
    assert await what(intake, kind="message") == []
    [shown] = (await intake.page(case_id))["messages"]
    assert (shown["state"], parse_instant(shown["repeats_at"])) == ("outcome_unknown", repeats_at)

    await intake.hear(unknown.model_copy(update={"repeats_at": None}), thing=message, version=3)
    [task] = (await tasks(intake, kind="message"))["items"]
    assert (task["roles"], task["label"]) == (
        [owner],
        {"zh": "送达结果不明，请核实：客户（邮件）", "en": "May have arrived; find out: Customer (e-mail)"},
    )
    assert (await intake.page(case_id))["messages"][0]["repeats_at"] is None
    await intake.hear(a_message("message.sent", case_id, message_id=message), thing=message, version=5)
    assert await what(intake, kind="message") == []


async def test_a_message_that_was_told_before_it_was_heard_to_wait_is_no_task(intake: Intake) -> None:
    case_id = await intake.register()
    message = new_id()
    await intake.hear(a_message("message.sent", case_id, message_id=message), thing=message, version=3)
    waits = a_message("message.to_do", case_id, message_id=message, handled_by="subject:chen")
    await intake.hear(waits, thing=message, version=1)
    assert await what(intake, kind="message") == []


async def test_each_list_is_read_by_an_index(intake: Intake) -> None:
    case_id = await intake.register()
    async with intake.db.engine.begin() as conn:
        await conn.execute(text(SEED), {"org": intake.org, "case": case_id})
        await conn.execute(text("ANALYZE intake.task"))
    plans = plans_of(intake.db.engine.sync_engine)
    async with snapshot(intake.db) as tx:
        await plan_for_values(tx)
        in_few = await words_of(tx, "江", org=intake.org)
        assert in_few is not None
        assert in_few.cases == [case_id]
        in_many = Words(readings=in_few.readings, cases=None)
        plans.clear()
        for words in (in_few, in_many):
            await task_list(tx, TaskFilter(words=words), org=intake.org, after=None, limit=51)
        for chosen in (TaskFilter(), TaskFilter(roles=["role3"]), TaskFilter(kinds=["approval"])):
            await task_list(tx, chosen, org=intake.org, after=None, limit=51)
        await task_counts(tx, TaskFilter(due_before=START - timedelta(days=4)), org=intake.org)
    assert len(plans) == 6
    assert scanned_whole(plans, "task") == []


async def test_tasks_of_cases_with_common_words_are_counted_up_to_a_bound(intake: Intake) -> None:
    case_id = await intake.register()
    async with intake.db.engine.begin() as conn:
        await conn.execute(text(SEED), {"org": intake.org, "case": case_id})
    async with snapshot(intake.db) as tx:
        in_few = await words_of(tx, "江", org=intake.org)
        assert in_few is not None
        in_many = TaskFilter(words=Words(readings=in_few.readings, cases=None))
        every, whole = await task_counts(tx, TaskFilter(words=in_few), org=intake.org, counted=20)
        first, bounded = await task_counts(tx, in_many, org=intake.org, counted=20)
        all_of_them, reached = await task_counts(tx, in_many, org=intake.org, counted=10_000)
    # Of the 4,000 that fall due every tenth is an approval; the steps of the case itself have no due instant.
    assert (every["approval"], whole) == (400, False)
    assert (first, bounded) == ({"approval": 2, "step": 18}, True)
    assert (all_of_them, reached) == (every, False)


async def test_pages_follow_each_other(intake: Intake) -> None:
    for _ in range(3):
        await intake.register()
    whole = await tasks(intake)
    seen: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        page = await tasks(intake, limit=2, **after)
        seen += page["items"]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert seen == whole["items"]
    assert (await intake.get("/v1/tasks", after="x")).status_code == 400
