"""Samples on a real PostgreSQL: drawn once at the end of a period, each drawn case given once, listed and repeatable."""

import asyncio
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from services.intake.samples.jobs import give_batch
from services.intake.samples.rules import seed_of
from services.intake.samples.store.population import PAGE, Population, candidates
from shared.kernel.periods import Period
from shared.platform.db.transaction import transaction
from tests.integration.intake.conftest import START, Intake
from tests.integration.intake.sampling_pack import INTAKE_SAMPLING
from tests.integration.intake.timed_desk import LEADER, Desk, a_desk
from tests.support.timed_pack import timed_documents

# START is Thursday 2026-03-05, 09:00 in Shanghai; March ends on 2026-03-31 at 16:00 UTC.
LAST_SECOND, APRIL = "2026-03-31T15:59:59", "2026-03-31T16:00:00"


@pytest.fixture
async def desk(intake: Intake, tmp_path: Path) -> Desk:
    desk = await a_desk(intake, tmp_path, now=START)
    await desk.publish(timed_documents(tmp_path / "sampling", intake=INTAKE_SAMPLING, effective_from="2026-03-05"))
    return desk


async def drawn(desk: Desk, *, workers: int = 1) -> None:
    """Everything that the calendar brings until now, and what is done with each drawn case."""
    while await desk.sweep(workers=workers):
        pass
    while sum(await asyncio.gather(*(give_batch(desk.db) for _ in range(workers)))):
        pass


async def sample(desk: Desk, name: str, period: str) -> dict[str, Any]:
    """A draw, with its cases."""
    which = {"sample": name, "period": period}
    [found] = (await desk.call("GET", "/v1/samples", params=which)).json()["items"]
    return dict(found) | {"cases": (await desk.call("GET", "/v1/samples/cases", params=which)).json()}


async def tasks(desk: Desk) -> list[dict[str, Any]]:
    found = (await desk.call("GET", "/v1/tasks", params={"kind": "sample"}, roles=LEADER)).json()
    items: list[dict[str, Any]] = found["items"]
    return items


def ranked(seed: str, case_ids: list[str]) -> list[str]:
    """As a reader of the page would work it out."""
    return sorted(case_ids, key=lambda case_id: sha256(bytes.fromhex(seed) + case_id.encode()).hexdigest())


async def test_a_month_is_drawn_from_at_its_end_and_each_drawn_case_gets_a_case_of_its_own(desk: Desk) -> None:
    await desk.at(LAST_SECOND)
    ids: dict[str, str] = {}
    for _ in range(11):
        case = await desk.register(facts={"topic": "size"})
        await desk.close(case["case_id"])
        ids[case["case_id"]] = case["number"]
    rare = await desk.register(facts={"topic": "rude"})
    await desk.close(rare["case_id"])
    ids[rare["case_id"]] = rare["number"]
    await desk.closed_complaint(severity="major", topic="size")  # the condition leaves it out
    filed = await desk.register(facts={"topic": "late"})
    await desk.close(filed["case_id"])
    await desk.step(filed["case_id"], "file")  # it stands elsewhere when the month ends
    await drawn(desk)
    assert (await desk.call("GET", "/v1/samples")).json()["items"] == []
    await desk.at(APRIL)
    await desk.closed_complaint(topic="size")  # April's
    await drawn(desk)
    found = await sample(desk, "reviews", "2026-03")
    seed = seed_of(desk.intake.org, "small", "reviews", "2026-03")
    assert (found["population"], found["wanted"], found["strata"], found["drawn"]) == (12, 3, 2, 3)  # 2.4 is three
    assert (found["seed"], found["outcome"], found["pack_version"]) == (seed, "drawn", 2)
    order = ranked(seed, list(ids))
    of_size = next(case_id for case_id in order if case_id != rare["case_id"])
    first = [of_size, rare["case_id"]]
    wanted = {*first, next(case_id for case_id in order if case_id not in first)}
    items = found["cases"]["items"]
    assert {item["case_id"] for item in items} == wanted
    assert {item["number"] for item in items} == {ids[case_id] for case_id in wanted}
    assert {(item["done"], item["role"], item["cite"], item["step"]) for item in items} == {
        ("given", "leader", "X-9 Art.9", None)
    }
    for item in items:
        page = await desk.page(item["opened"])
        assert (page["case_type"], page["owner"], page["received_at"]) == ("review", "leader", "2026-03-31T16:00:00Z")
        assert (page["parent"]["case_id"], page["parent"]["relation"]) == (item["case_id"], "review")
        facts = page["facts"]
        assert (facts["period"], facts["population"], facts["drawn_from"]) == ("2026-03", 12, item["number"])
        assert [link["case_id"] for link in (await desk.page(item["case_id"]))["links"]] == [item["opened"]]


async def test_many_jobs_at_once_draw_once_and_give_each_case_once(desk: Desk) -> None:
    for _ in range(6):
        await desk.closed_complaint()
    await desk.at("2026-05-01T02:00:00")  # two months have ended meanwhile
    await drawn(desk, workers=8)
    listed = (await desk.call("GET", "/v1/samples", params={"sample": "reviews"})).json()["items"]
    assert [(item["period"], item["population"], item["drawn"]) for item in listed] == [
        ("2026-03", 6, 2),
        ("2026-04", 0, 0),
    ]
    reviews = [event for event in await desk.intake.events("case.registered.v1") if b"review" in event.payload.encode()]
    assert len(reviews) == 2
    await drawn(desk, workers=8)
    assert (await desk.call("GET", "/v1/quiescence")).json()["work"]["give_drawn"] == 0


async def test_a_step_on_a_drawn_case_is_a_task_of_the_role_until_it_is_taken(desk: Desk) -> None:
    closed = []
    for _ in range(10):
        case = await desk.register()
        await desk.close(case["case_id"])
        closed.append(case["case_id"])
    await desk.step(closed[0], "recheck", roles=LEADER)  # before anything is drawn: it counts for nothing
    await desk.at(APRIL)
    await drawn(desk)
    found = await sample(desk, "rechecks", "2026-03")
    [item] = found["cases"]["items"]
    assert (found["population"], found["wanted"]) == (10, 1)
    assert (item["step"], item["opened"], item["done"]) == ("recheck", None, "given")
    [task] = await tasks(desk)
    assert (task["case_id"], task["what"], task["roles"]) == (item["case_id"], "recheck", ["leader"])
    assert (task["label"]["en"], task["cite"]) == ("Check again", "X-10 Art.10")
    assert task["link"] == f"/v1/cases/{item['case_id']}/steps/recheck"
    await desk.step(item["case_id"], "file")
    assert len(await tasks(desk)) == 1  # archived, and still to be looked at
    await desk.step(item["case_id"], "recheck", roles=LEADER)
    assert await tasks(desk) == []


async def test_fewer_than_ten_rounded_down_are_none(desk: Desk) -> None:
    for _ in range(9):
        await desk.closed_complaint()
    await desk.at(APRIL)
    await drawn(desk)
    found = await sample(desk, "rechecks", "2026-03")
    assert (found["population"], found["drawn"], found["cases"]["items"]) == (9, 0, [])


async def test_a_draw_that_cannot_be_made_is_on_record_and_holds_nothing_up(desk: Desk, tmp_path: Path) -> None:
    wrong = INTAKE_SAMPLING.replace("when: facts.severity == 'normal'}", "when: upper(facts.topic) == 'SIZE'}")
    await desk.publish(timed_documents(tmp_path / "wrong", intake=wrong, effective_from="2026-03-05"))
    await desk.closed_complaint()  # without a topic
    await desk.at(APRIL)
    await drawn(desk)
    found = await sample(desk, "reviews", "2026-03")
    assert (found["outcome"], found["code"], found["population"], found["drawn"]) == ("refused", "rule_failed", None, 0)
    assert (await sample(desk, "rechecks", "2026-03"))["outcome"] == "drawn"
    assert (await desk.quiescence())[0] == 0


async def test_a_case_of_an_earlier_version_is_drawn_and_refused_on_record(intake: Intake, tmp_path: Path) -> None:
    desk = await a_desk(intake, tmp_path, now=START)
    await desk.closed_complaint()  # its version knows no reviews
    await desk.publish(timed_documents(tmp_path / "sampling", intake=INTAKE_SAMPLING, effective_from="2026-03-05"))
    await desk.at(APRIL)
    await drawn(desk)
    [item] = (await sample(desk, "reviews", "2026-03"))["cases"]["items"]
    assert (item["done"], item["code"], item["opened"]) == ("refused", "drawn_by_later_rule", None)


async def test_draws_are_the_organisations_own_and_in_pages(desk: Desk) -> None:
    for _ in range(3):
        await desk.closed_complaint()
    await desk.at("2026-05-01T02:00:00")
    await drawn(desk)
    first = (await desk.call("GET", "/v1/samples", params={"limit": 3})).json()
    rest = (await desk.call("GET", "/v1/samples", params={"limit": 3, "after": first["next"]})).json()
    assert [(each["sample"], each["period"]) for each in (*first["items"], *rest["items"])] == [
        ("rechecks", "2026-03"), ("rechecks", "2026-04"), ("reviews", "2026-03"), ("reviews", "2026-04"),
    ]  # fmt: skip
    which = {"sample": "reviews", "period": "2026-03", "limit": 1}
    one = (await desk.call("GET", "/v1/samples/cases", params=which)).json()
    other = (await desk.call("GET", "/v1/samples/cases", params=which | {"after": one["next"]})).json()
    assert [len(each["items"]) for each in (one, other)] == [1, 1]
    assert one["items"][0]["case_id"] < other["items"][0]["case_id"]
    assert other["next"] is None
    for path in ("/v1/samples", "/v1/samples/cases"):
        assert (await desk.call("GET", path, org=desk.intake.foreign)).json()["items"] == []
        assert (await desk.call("GET", path, params={"period": "2026-06"})).json()["items"] == []
    bad = await desk.call("GET", "/v1/samples/cases", params={"after": first["next"]})
    assert (bad.status_code, bad.json()["code"]) == (400, "page_token_invalid")


async def test_the_population_is_read_by_pages(desk: Desk) -> None:
    case = await desk.register()
    await desk.close(case["case_id"])
    async with transaction(desk.db) as tx:
        await tx.rows(
            "INSERT INTO intake.case_file SELECT (jsonb_populate_record(c, jsonb_build_object('case_id', "
            "gen_random_uuid(), 'number', 'N-' || n))).* FROM intake.case_file c, generate_series(1, $2::int) n "
            "WHERE c.case_id = $1::uuid",
            (case["case_id"], 2 * PAGE),
        )
    march = Period(every="month", label="2026-03", starts_at=START.replace(day=1), ends_at=START.replace(month=4))
    wanted = Population(
        org=desk.intake.org, pack="small", case_types=["complaint"], reached="case.closed", statuses=[], when=None,
        period=march,
    )  # fmt: skip
    found: list[str] = []
    sizes: list[int] = []
    async with transaction(desk.db) as tx:
        while not sizes or sizes[-1] == PAGE:
            page = await candidates(tx, wanted, after=found[-1] if found else None)
            sizes.append(len(page))
            found += [each.case_id for each in page]
    assert sizes == [PAGE, PAGE, 1]
    assert found == sorted(set(found))
