"""Publishing, finding and pinning policies."""

import asyncio
import copy
import time
from datetime import UTC, datetime
from typing import Any

import httpx2
import orjson
import pytest
from sqlalchemy import update

from services.intake.migrations.schema import KERNEL
from shared.kernel.errors import Conflict, Rejected, Unavailable
from shared.kernel.ids import OrgId
from shared.packs.documents import digest
from shared.packs.store import effective, pinned
from shared.platform.db.transaction import reading
from tests.integration.registry.conftest import Intake

Pack = dict[str, Any]


def changed(pack: Pack, **head: Any) -> Pack:
    other = copy.deepcopy(pack)
    other["pack"] |= head
    return other


async def test_a_pack_is_published_and_announced(intake: Intake, pack: Pack) -> None:
    org = await intake.organisation()
    answer = await intake.publish(pack, org=org)
    assert answer.status_code == 201
    assert answer.json() == {"pack": "small", "version": 1, "effective_from": "2026-01-01", "digest": digest(pack)}
    [event] = await intake.events("policy.published.v1")
    said = orjson.loads(event.payload)
    assert (event.key, event.aggregate_version, said["version"]) == (org, 1, 1)
    assert said["sections"] == pack
    shown = await intake.get("/v1/policies/small/1", org=org)
    assert shown.json()["documents"] == pack


async def test_the_same_pack_again_changes_nothing(intake: Intake, pack: Pack) -> None:
    org = await intake.organisation()
    await intake.publish(pack, org=org, key="one")
    again = await intake.publish(pack, org=org, key="two")
    assert (again.status_code, again.json()["version"]) == (200, 1)
    assert len(await intake.events("policy.published.v1")) == 1


async def test_versions_count_per_pack_and_organisation(intake: Intake, pack: Pack) -> None:
    org, other = await intake.organisation(), await intake.organisation(name="other")
    await intake.publish(pack, org=org, key="1")
    second = await intake.publish(changed(pack, effective_from="2026-03-03"), org=org, key="2")
    foreign = await intake.publish(pack, org=other, key="1")
    renamed = await intake.publish(changed(pack, id="tiny"), org=org, key="3")
    assert [answer.json()["version"] for answer in (second, foreign, renamed)] == [2, 1, 1]
    page = await intake.get("/v1/policies", org=org, limit=2)
    assert [(row["pack"], row["version"]) for row in page.json()["items"]] == [("small", 1), ("small", 2)]
    rest = await intake.get("/v1/policies", org=org, limit=2, after=page.json()["next"])
    assert [(row["pack"], row["version"]) for row in rest.json()["items"]] == [("tiny", 1)]
    assert rest.json()["next"] is None
    assert (await intake.get("/v1/policies/small/2", org=other)).status_code == 404
    assert (await intake.get("/v1/policies", org=org, after="xyz")).status_code == 400


@pytest.mark.parametrize(
    ("effective_from", "expected"),
    [
        ("2026-03-01", (409, "effective_from_past")),  # the organisation's now is 2026-03-02T09:00 in Shanghai
        ("2026-03-02", (201, None)),
        ("2025-12-31", (409, "effective_from_before_published")),
    ],
)
async def test_a_later_version_does_not_reach_back(
    intake: Intake, pack: Pack, effective_from: str, expected: tuple[int, str | None]
) -> None:
    org = await intake.organisation()
    await intake.publish(pack, org=org, key="1")
    answer = await intake.publish(pack, org=org, key="2", effective_from=effective_from)
    assert (answer.status_code, answer.json().get("code")) == expected


async def test_today_is_counted_in_the_packs_zone(intake: Intake, pack: Pack) -> None:
    org = await intake.organisation(now=datetime(2026, 3, 1, 16, tzinfo=UTC))  # 00:00 of 2 March in Shanghai
    await intake.publish(pack, org=org, key="1")
    past = await intake.publish(pack, org=org, key="2", effective_from="2026-03-01")
    today = await intake.publish(pack, org=org, key="3", effective_from="2026-03-02")
    assert (past.status_code, past.json()["fields"]) == (409, {"earliest": "2026-03-02"})
    assert today.status_code == 201


async def test_a_wrong_pack_is_refused_whole(intake: Intake, pack: Pack) -> None:
    org = await intake.organisation()
    pack["intake"]["steps"][1]["roles"] = ["boss"]
    pack["sla"]["clocks"][0]["stop"] = ["case.shut"]
    answer = await intake.publish(pack, org=org)
    assert (answer.status_code, answer.json()["code"]) == (422, "pack_invalid")
    faults = answer.json()["fields"]["faults"]
    assert faults[0] == "intake: steps[close].roles[0]: no role boss"
    assert faults[1].startswith("sla: clocks[reply].stop[0]: no event case.shut")
    assert await intake.events("policy.published.v1") == []
    lint = await intake.post("/v1/policies/lint", {"documents": pack}, org=org, scope="policy:write")
    assert lint.json()["publishable"] is False
    assert {finding["section"] for finding in lint.json()["findings"]} == {"intake", "sla"}


async def test_a_malformed_pack_is_refused_whole(intake: Intake, pack: Pack) -> None:
    org = await intake.organisation()
    del pack["pack"]["owner"]
    pack["pack"]["surprise"] = 1
    answer = await intake.publish(pack, org=org)
    assert answer.json()["fields"]["faults"] == ["pack: owner: missing", "pack: surprise: unknown key"]
    assert (await intake.publish({"pack": {}, "more": {}}, org=org, key="b")).status_code == 422


async def test_lint_changes_nothing(intake: Intake, pack: Pack) -> None:
    org = await intake.organisation()
    answer = await intake.post("/v1/policies/lint", {"documents": pack}, org=org, scope="policy:write")
    assert answer.json() == {"digest": digest(pack), "publishable": True, "findings": [], "more": 0}
    assert (await intake.get("/v1/policies", org=org)).json()["items"] == []


async def test_a_pack_larger_than_an_event_is_refused(intake: Intake, pack: Pack) -> None:
    org = await intake.organisation()
    text = {"zh": "长" * 1300, "en": "long" * 900}
    pack["pack"]["assumptions"] = [text] * 40
    answer = await intake.publish(pack, org=org)
    assert (answer.status_code, answer.json()["code"]) == (422, "pack_too_large")


@pytest.mark.parametrize(
    ("steps", "status", "code"), [(60_000, 400, "json_too_many_parts"), (18_000, 422, "pack_too_large")]
)
async def test_a_pack_of_too_many_steps_is_refused_and_the_loop_goes_on(
    intake: Intake, pack: Pack, steps: int, status: int, code: str
) -> None:
    org = await intake.organisation()
    pack["intake"]["steps"] += [{}] * steps
    lint = asyncio.create_task(intake.post("/v1/policies/lint", {"documents": pack}, org=org, scope="policy:write"))
    assert await longest_turn(until=lint) < 1.0
    assert (lint.result().status_code, lint.result().json()["code"]) == (status, code)


async def test_a_pack_of_12_000_faulty_steps_is_checked_elsewhere_and_the_loop_goes_on(
    intake: Intake, pack: Pack
) -> None:
    org = await intake.organisation()
    pack["intake"]["steps"] += [{}] * 12_000
    lint = asyncio.create_task(intake.post("/v1/policies/lint", {"documents": pack}, org=org, scope="policy:write"))
    assert await longest_turn(until=lint) < 1.0
    answer = lint.result().json()
    assert (len(answer["findings"]), answer["publishable"]) == (200, False)
    assert answer["more"] > 12_000


async def longest_turn(*, until: asyncio.Task[httpx2.Response]) -> float:
    """The most processor time, in seconds, that this process took without letting other tasks run."""
    longest, before = 0.0, time.process_time()
    while not until.done():
        await asyncio.sleep(0)
        now = time.process_time()
        longest, before = max(longest, now - before), now
    return longest


async def test_twenty_publish_at_once(intake: Intake, pack: Pack) -> None:
    org = await intake.organisation()
    answers = await asyncio.gather(*(intake.publish(pack, org=org, key=f"k{i}") for i in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    different = await asyncio.gather(
        *(
            intake.publish(changed(pack, owner=f"o{i}", effective_from="2026-03-05"), org=org, key=f"d{i}")
            for i in range(10)
        )
    )
    assert sorted(answer.json()["version"] for answer in different) == list(range(2, 12))
    versions = [event.aggregate_version for event in await intake.events("policy.published.v1")]
    assert versions == list(range(1, 12))


async def test_the_version_in_force(intake: Intake, pack: Pack) -> None:
    org = OrgId(await intake.organisation())
    await intake.publish(pack, org=org, key="1")
    await intake.publish(pack, org=org, key="2", effective_from="2026-03-10")

    async def version(at: datetime, name: str | None = None) -> int:
        async with reading(intake.db) as tx:
            return (await effective(tx, org=org, pack=name, at=at)).version

    assert await version(datetime(2025, 12, 31, 16, tzinfo=UTC)) == 1  # midnight in Shanghai
    assert await version(datetime(2026, 3, 9, 15, 59, 59, tzinfo=UTC)) == 1
    assert await version(datetime(2026, 3, 9, 16, tzinfo=UTC), "small") == 2
    with pytest.raises(Conflict) as none_yet:
        await version(datetime(2025, 12, 31, 15, 59, 59, tzinfo=UTC))
    assert none_yet.value.code == "no_effective_policy"
    with pytest.raises(Conflict):
        await version(datetime(2026, 3, 10, tzinfo=UTC), "large")


async def test_of_several_packs_one_must_be_named(intake: Intake, pack: Pack) -> None:
    org = OrgId(await intake.organisation())
    await intake.publish(pack, org=org, key="1")
    await intake.publish(changed(pack, id="tiny"), org=org, key="2")
    async with reading(intake.db) as tx:
        with pytest.raises(Rejected) as refused:
            await effective(tx, org=org, pack=None, at=datetime(2026, 3, 10, tzinfo=UTC))
        assert refused.value.fields == {"packs": ["small", "tiny"]}
        assert (await effective(tx, org=org, pack="tiny", at=datetime(2026, 3, 10, tzinfo=UTC))).name == "tiny"


async def test_equal_packs_are_parsed_once_and_kept(intake: Intake, pack: Pack) -> None:
    orgs = [OrgId(await intake.organisation(name=f"o{i}")) for i in range(3)]
    for org in orgs:
        await intake.publish(pack, org=org)
    async with reading(intake.db) as tx:
        found = [await pinned(tx, org=org, pack="small", version=1) for org in orgs]
        async with intake.db.engine.begin() as conn:
            await conn.execute(update(KERNEL.policy_version).values(sections={}))
        again = await pinned(tx, org=orgs[0], pack="small", version=1)
    assert len({id(policy.sections) for policy in found}) == 1
    assert again is found[0]
    assert found[0].sla.clocks[0].id == "reply"


async def test_a_version_that_has_not_arrived_can_be_waited_for(intake: Intake) -> None:
    org = OrgId(await intake.organisation())
    async with reading(intake.db) as tx:
        with pytest.raises(Unavailable) as missing:
            await pinned(tx, org=org, pack="small", version=1)
    assert missing.value.code == "policy_not_here_yet"
