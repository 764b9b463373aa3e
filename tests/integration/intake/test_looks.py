"""Looks at other cases and what one case only may have, on a real PostgreSQL, over HTTP."""

import asyncio
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.intake.cases.use_cases.register_case import RegisterCase, register_case
from services.intake.looks.jobs import fill_keys
from services.intake.looks.rules import MOST_OTHERS
from services.intake.looks.store import declare_keys
from shared.kernel.actor import Actor
from shared.kernel.ids import OrgId, new_id
from shared.platform.db.transaction import transaction
from shared.platform.organisations import remember
from tests.integration.intake.conftest import CUSTOMER, START, Intake
from tests.integration.intake.looking_pack import looking_documents, without_order
from tests.integration.intake.timed_desk import LEADER, Desk
from tests.support.waiting import until_a_statement_waits

LI = Actor(subject="li", roles=frozenset({"clerk"}))


async def a_shop(intake: Intake, documents: dict[str, Any]) -> Desk:
    org = OrgId(new_id())
    async with transaction(intake.db) as tx:
        await remember(tx, org, name="Shop", simulated_now=START)
    shop = Desk(Intake(intake.app, intake.db, intake.client, org, intake.foreign))
    await shop.publish(documents)
    return shop


@pytest.fixture
async def shop(intake: Intake, tmp_path: Path) -> Desk:
    return await a_shop(intake, looking_documents(tmp_path))


async def refused(shop: Desk, path: str, body: dict[str, Any], **how: Any) -> dict[str, Any]:
    answer = await shop.call("POST", path, body, **how)
    assert answer.status_code == 409, answer.text
    problem: dict[str, Any] = answer.json()
    return {name: problem[name] for name in ("code", "cite", "fields")}


def body(case_type: str, **more: Any) -> dict[str, Any]:
    return {"case_type": case_type, "channel": "web", "customer": CUSTOMER} | more


async def repair(shop: Desk, serial: str = "A-1", **more: Any) -> dict[str, Any]:
    return await shop.register(case_type="repair", facts={"serial": serial}, **more)


async def claim(shop: Desk, amount: str, **more: Any) -> dict[str, Any]:
    case = await shop.register(case_type="claim", **more)
    await shop.step(case["case_id"], "claim", amount=amount)
    return await shop.page(case["case_id"])


async def lines(shop: Desk, case_id: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await shop.call("GET", f"/v1/cases/{case_id}/timeline")).json()["items"]
    return items


async def numbers(shop: Desk) -> list[str]:
    items = (await shop.call("GET", "/v1/cases")).json()["items"]
    return sorted(item["number"] for item in items)


async def test_others_of_the_last_twelve_months_count_by_days_of_the_packs_zone(shop: Desk) -> None:
    first = await repair(shop)
    other_device = await repair(shop, "A-2")
    await shop.at("2027-03-05T15:59:00")  # 5 March in Shanghai: the first case, of 5 March 2026, is within
    second = await repair(shop)
    await shop.at("2027-03-05T16:00:00")  # 6 March there
    third = await repair(shop)

    seen = [case["facts"]["seen"] for case in (first, other_device, second, third)]
    assert seen == [0, 0, 1, 1]


async def test_a_gate_refuses_with_what_it_saw_and_refused_cases_do_not_count(shop: Desk) -> None:
    for _ in range(3):
        last = await repair(shop)
    said = await refused(shop, "/v1/cases", body("repair", facts={"serial": "A-1"}))

    assert said == {"code": "replace_instead", "cite": "X-1 Art.2", "fields": {"looks": {"faults": 3}}}
    assert await numbers(shop) == ["R-001", "R-002", "R-003"]
    await shop.step(last["case_id"], "refuse")
    assert (await repair(shop))["facts"]["seen"] == 2


async def test_facts_as_classified_are_looked_by_for_owners(shop: Desk) -> None:
    first, second, third = await repair(shop, "A-1"), await repair(shop, "A-2"), await repair(shop, "B-1")

    assert [case["owner"] for case in (first, second, third)] == ["clerk", "leader", "clerk"]
    assert [case["facts"]["family"] for case in (first, second, third)] == ["A", "A", "B"]


async def test_sums_are_of_the_calendar_quarter_and_of_what_the_condition_admits(shop: Desk) -> None:
    await shop.register(case_type="claim")
    first, second = await claim(shop, "600.50"), await claim(shop, "300")
    assert [case["facts"]["total"] for case in (first, second)] == ["0", "600.50"]

    third = await shop.register(case_type="claim")
    said = await refused(shop, f"/v1/cases/{third['case_id']}/steps/claim", {"input": {"amount": "99.51"}})
    assert said == {"code": "claims_too_high", "cite": "X-2 Art.2", "fields": {"looks": {"claims": 2}}}
    other_customer = await claim(shop, "99.51", customer=CUSTOMER | {"ref": "C-9"})
    assert other_customer["facts"]["total"] == "0"
    await shop.at("2026-03-31T16:00:00")  # 1 April in Shanghai
    assert (await claim(shop, "99.51"))["facts"]["total"] == "0"


async def test_an_absent_key_gives_null_and_a_gate_over_it_refuses(shop: Desk) -> None:
    case = await shop.register(case_type="claim")
    said = await refused(shop, f"/v1/cases/{case['case_id']}/steps/settle", {"input": {}})

    assert said == {"code": "order_busy", "cite": "X-2 Art.3", "fields": {"looks": {"on_order": None}}}


async def test_history_keeps_what_a_look_answered(shop: Desk) -> None:
    first = await claim(shop, "600.50")
    second = await claim(shop, "300")
    fault = await repair(shop)
    again = await repair(shop)

    taken = (await lines(shop, second["case_id"]))[-1]["details"]
    as_of = "2026-03-05T01:00:00Z"
    assert taken["looks"] == {"claims": {"count": 1, "sum": "600.50", "cases": [first["number"]], "as_of": as_of}}
    registered = (await lines(shop, again["case_id"]))[0]["details"]
    none = {"sum": None, "as_of": as_of}
    assert registered["looks"] == {
        "faults": {"count": 1, "cases": [fault["number"]], **none},
        "family": {"count": 1, "cases": [fault["number"]], **none},
    }


async def test_a_repeated_step_answers_as_it_did(shop: Desk) -> None:
    case = await shop.register(case_type="claim")
    path, given = f"/v1/cases/{case['case_id']}/steps/claim", {"input": {"amount": "500"}}
    first = await shop.call("POST", path, given, key="k-1")
    await claim(shop, "400")
    again = await shop.call("POST", path, given, key="k-1")

    assert (first.status_code, again.status_code, again.json()) == (200, 200, first.json())


async def test_a_second_subsidy_of_an_order_is_refused_with_the_other_case(shop: Desk) -> None:
    first = await shop.register(case_type="subsidy", order_ref="SO-1")
    said = await refused(shop, "/v1/cases", body("subsidy", order_ref="SO-1"))

    fields = {"case": "S-001", "case_id": first["case_id"]}
    assert said == {"code": "subsidy_taken", "cite": "X-3 Art.2", "fields": fields}
    assert await numbers(shop) == ["S-001"]
    await shop.register(case_type="subsidy", order_ref="SO-2")
    await shop.register(case_type="claim", order_ref="SO-1")
    await shop.register(case_type="subsidy")
    await shop.register(case_type="subsidy")
    await shop.step(first["case_id"], "refuse")
    await shop.register(case_type="subsidy", order_ref="SO-1")


async def test_it_is_free_again_when_its_time_is_over_also_for_a_case_received_before(shop: Desk) -> None:
    await shop.register(case_type="subsidy", order_ref="SO-1", received_at="2026-03-05T00:00:00Z")
    said = await refused(shop, "/v1/cases", body("subsidy", order_ref="SO-1", received_at="2026-03-04T00:00:00Z"))
    assert said["code"] == "subsidy_taken"
    await shop.at("2027-03-05T15:59:00")
    assert (await refused(shop, "/v1/cases", body("subsidy", order_ref="SO-1")))["code"] == "subsidy_taken"
    await shop.at("2027-03-05T16:00:00")
    await shop.register(case_type="subsidy", order_ref="SO-1")


async def test_a_step_that_changes_what_is_compared_is_asked_too(shop: Desk) -> None:
    first = await shop.register(case_type="subsidy", facts={"serial": "D-1"})
    second = await shop.register(case_type="subsidy", facts={"serial": "D-2"})
    path = f"/v1/cases/{second['case_id']}/steps/name_device"
    said = await refused(shop, path, {"input": {"serial": "D-1"}})

    fields = {"case": first["number"], "case_id": first["case_id"]}
    assert said == {"code": "device_taken", "cite": "X-3 Art.3", "fields": fields}
    assert (await shop.page(second["case_id"]))["facts"]["serial"] == "D-2"
    await shop.step(first["case_id"], "name_device", serial="D-3")
    await shop.step(second["case_id"], "name_device", serial="D-1")


async def test_a_correction_of_the_order_is_asked_too_and_is_looked_by_afterwards(shop: Desk) -> None:
    await shop.register(case_type="subsidy", order_ref="SO-1")
    second = await shop.register(case_type="subsidy", order_ref="SO-2")
    path, right = f"/v1/cases/{second['case_id']}/corrections", {"order_ref": "SO-1", "reason": "misread"}
    assert (await refused(shop, path, right))["code"] == "subsidy_taken"

    corrected = await shop.call("POST", path, right | {"order_ref": "SO-3"})
    assert corrected.status_code == 201, corrected.text
    assert (await refused(shop, "/v1/cases", body("subsidy", order_ref="SO-3")))["fields"]["case"] == "S-002"
    await shop.register(case_type="subsidy", order_ref="SO-2")


async def test_linked_cases_of_one_step_see_each_other_and_the_step_has_no_effect(shop: Desk) -> None:
    case = await shop.register(case_type="claim", order_ref="SO-1")
    path = f"/v1/cases/{case['case_id']}/steps/subsidise"
    said = await refused(shop, path, {"input": {"times": ["D-1", "D-2"]}})

    assert (said["code"], said["fields"]["case"]) == ("subsidy_taken", "S-001")
    assert await numbers(shop) == ["C-001"]
    await shop.step(case["case_id"], "subsidise", times=["D-1"])
    assert await numbers(shop) == ["C-001", "S-001"]


async def test_a_case_waits_for_another_one_that_is_being_registered_and_sees_it(shop: Desk) -> None:
    cmd = RegisterCase(
        org=shop.intake.org,
        case_type="subsidy",
        channel="web",
        customer_ref="C-1",
        order_ref="SO-1",
        description=None,
        facts={},
        received_at=None,
        parties=(),
    )
    async with transaction(shop.db) as tx:
        case, _ = await register_case(tx, cmd, actor=LI, now=START)
        second = asyncio.create_task(refused(shop, "/v1/cases", body("subsidy", order_ref="SO-1")))
        await until_a_statement_waits(shop.db)
        assert not second.done()

    assert (await second)["fields"] == {"case": case.number, "case_id": case.case_id}


async def test_of_many_at_once_one_is_registered(shop: Desk) -> None:
    answers = await asyncio.gather(
        *(shop.call("POST", "/v1/cases", body("subsidy", order_ref="SO-1")) for _ in range(8))
    )

    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 7]


async def many(shop: Desk, like: str, count: int) -> None:
    """`count` more cases with the same values as this one."""
    async with transaction(shop.db) as tx:
        columns = (
            "number, case_type, channel, status, pack, pack_version, received_at, registered_at, "
            "first_responder, owner, customer_ref, order_ref, facts, milestones, last_at, version, changed_at"
        )
        await tx.rows(
            f"INSERT INTO case_file (org_id, case_id, {columns}) SELECT org_id, gen_random_uuid(), 'M-' || n, "
            f"{columns.partition(', ')[2]} FROM case_file, generate_series(1, $2) n WHERE case_id = $1::uuid",
            (like, count),
        )
        await tx.rows(
            "INSERT INTO look_key SELECT m.org_id, m.case_id, k.key, k.value, k.received_at, k.case_type "
            "FROM case_file m JOIN look_key k ON k.case_id = $1::uuid WHERE m.number LIKE 'M-%'",
            (like,),
        )


async def test_more_than_a_thousand_others_are_refused_not_counted_wrongly(shop: Desk) -> None:
    first = await claim(shop, "0", order_ref="SO-1")
    await many(shop, first["case_id"], MOST_OTHERS - 1)
    assert (await claim(shop, "1"))["facts"]["total"] == "0"
    case = await shop.register(case_type="claim")
    said = await refused(shop, f"/v1/cases/{case['case_id']}/steps/claim", {"input": {"amount": "1"}})

    fields = {"look": "claims", "most": 1000}
    assert said == {"code": "look_too_large", "cite": "X-2 Art.2", "fields": fields}


async def test_cases_from_before_a_look_was_declared_are_found_once_they_are_indexed(
    intake: Intake, tmp_path: Path
) -> None:
    shop = await a_shop(intake, looking_documents(tmp_path, intake=without_order()))
    early = await shop.register(case_type="claim", order_ref="SO-1")
    closed = await shop.register(case_type="claim", order_ref="SO-2")
    await shop.step(closed["case_id"], "settle")
    await shop.publish(looking_documents(tmp_path, effective_from="2026-03-06"))
    between = await shop.register(case_type="claim", order_ref="SO-3")  # still under the first version
    await shop.at("2026-03-06T01:00:00")

    late = {order: await shop.register(case_type="claim", order_ref=order) for order in ("SO-1", "SO-2", "SO-3")}
    path = f"/v1/cases/{late['SO-1']['case_id']}/steps/settle"
    waits = await shop.call("POST", path, {"input": {}})
    assert (waits.status_code, waits.json()["code"], waits.json()["cite"]) == (503, "look_not_ready", "X-2 Art.3")
    assert int(waits.headers["Retry-After"]) > 0

    assert (await shop.call("GET", "/v1/quiescence")).json()["work"]["fill_look_keys"] == 1
    while await fill_keys(shop.db):
        pass
    assert (await shop.call("GET", "/v1/quiescence")).json()["work"]["fill_look_keys"] == 0
    said = await refused(shop, path, {"input": {}})
    assert (said["code"], said["fields"]) == ("order_busy", {"looks": {"on_order": 1}})
    await shop.step(late["SO-2"]["case_id"], "settle")
    third = f"/v1/cases/{late['SO-3']['case_id']}/steps/settle"
    assert (await refused(shop, third, {"input": {}}))["fields"] == {"looks": {"on_order": 1}}
    await shop.step(early["case_id"], "finish", roles=LEADER)
    await shop.step(between["case_id"], "finish", roles=LEADER)
    await shop.step(late["SO-1"]["case_id"], "settle")
    await shop.step(late["SO-3"]["case_id"], "settle")


async def test_a_step_that_reads_no_look_takes_none(shop: Desk) -> None:
    case = await shop.register(case_type="claim", order_ref="SO-1")
    async with transaction(shop.db) as tx:
        await tx.rows("UPDATE look_declared SET filled_at = NULL WHERE org_id = $1::uuid", (shop.intake.org,))
    await shop.step(case["case_id"], "refuse")
    line = (await lines(shop, case["case_id"]))[-1]

    assert "looks" not in line["details"]


@pytest.mark.parametrize(
    ("key", "facts", "value"),
    [
        ("customer|order", {}, '["C|1", "SO\\"1"]'),
        ("facts.n|order", {"n": 7}, '["7", "SO\\"1"]'),
        ("facts.n", {"n": None}, None),
        ("facts.n", {}, None),
        ("case_type|owner", {}, '["claim", "clerk"]'),
        ("facts.n", {"n": "x" * 196}, '["' + "x" * 196 + '"]'),
        ("facts.n", {"n": "x" * 197}, sha256(('["' + "x" * 197 + '"]').encode()).hexdigest()),
    ],
)
async def test_the_value_of_a_key(intake: Intake, key: str, facts: dict[str, Any], value: str | None) -> None:
    async with transaction(intake.db) as tx:
        given = (key, "C|1", 'SO"1', "claim", "clerk", orjson.dumps(facts).decode())
        [(found,)] = await tx.rows("SELECT intake.look_value($1, $2, $3, $4, $5, $6::text::jsonb)", given)

    assert found == value


async def test_an_organisation_sees_its_own_cases_only(shop: Desk, intake: Intake, tmp_path: Path) -> None:
    await repair(shop)
    other = await a_shop(intake, looking_documents(tmp_path, effective_from="2026-01-02"))

    assert (await repair(other))["facts"]["seen"] == 0


async def test_of_several_that_declare_keys_at_once_each_waits_for_the_one_before(intake: Intake) -> None:
    """Those that had read the table of keys before they locked it would wait for each other (40P01)."""

    async def declare() -> None:
        async with transaction(intake.db) as tx:
            await declare_keys(tx, {"customer"}, org=OrgId(new_id()), pack="small")

    await asyncio.gather(*(declare() for _ in range(6)))
    async with transaction(intake.db) as tx:
        assert await tx.rows("SELECT count(DISTINCT org_id) FROM intake.look_declared WHERE pack = 'small'") == [(6,)]
