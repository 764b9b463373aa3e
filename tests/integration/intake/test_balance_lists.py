"""Balances and what was booked on them, listed over HTTP for one subject, on a real PostgreSQL.

The quota of a month is 15 % of the purchases of the month; its rest moves on for two months, 4,000 yuan at most.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.integration.intake.conftest import CUSTOMER, Intake
from tests.integration.intake.dealing_pack import INTAKE
from tests.integration.intake.test_balances import a_case, a_maker, purchases, take_back
from tests.integration.intake.timed_desk import Desk

REF = CUSTOMER["ref"]


@pytest.fixture
async def maker(intake: Intake, tmp_path: Path) -> Desk:
    return await a_maker(intake, tmp_path)


async def listed(maker: Desk, path: str = "", **wanted: Any) -> list[dict[str, Any]]:
    answer = await maker.call("GET", f"/v1/balances{path}", params={"key": REF} | wanted)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def figures(items: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    names = ("period", "limit", "carried", "used", "left")
    return [tuple(each[name] for name in names) for each in items]


async def test_each_month_back_to_the_first_booking_with_what_moved_and_what_is_left(maker: Desk) -> None:
    await purchases(maker, january="20000", february="10000", march="10000", april="2000")
    case = await a_case(maker)
    await take_back(maker, case, "1000.00")
    await maker.at("2026-04-10T00:00:00")
    await take_back(maker, await a_case(maker), "100.00")

    # March: 3,000 of January and 1,500 of February, 4,000 at most. April: February's and March's 3,000 less 1,000.
    assert figures(await listed(maker, name="quota")) == [
        ("2026-04", "30000", "200000", "10000", "220000"),
        ("2026-03", "150000", "400000", "100000", "450000"),
    ]
    assert figures(await listed(maker, name="quota", period="2026-01")) == [("2026-01", "300000", "0", "0", "300000")]
    assert await listed(maker, name="quota", period="2026-05") == []
    assert await listed(maker, name="quota", period="2026-Q1") == []


async def test_what_a_balance_says_of_itself(maker: Desk) -> None:
    await purchases(maker, march="10000")
    assert await listed(maker) == [
        {
            "pack": "small",
            "name": "fines",
            "label": {"zh": "罚款账户", "en": "Account of fines"},
            "key": REF,
            "period": None,
            "starts_at": None,
            "ends_at": None,
            "currency": "CNY",
            "unit": None,
            "may_exceed": True,
            "limit": None,
            "carried": "0",
            "used": "0",
            "left": None,
        },
        {
            "pack": "small",
            "name": "quota",
            "label": {"zh": "月退货额度", "en": "Monthly quota of returns"},
            "key": REF,
            "period": "2026-03",
            "starts_at": "2026-02-28T16:00:00Z",
            "ends_at": "2026-03-31T16:00:00Z",
            "currency": "CNY",
            "unit": None,
            "may_exceed": False,
            "limit": "150000",
            "carried": "0",
            "used": "0",
            "left": "150000",
        },
    ]
    assert await listed(maker, pack="other") == []


async def test_the_list_agrees_with_what_a_step_is_refused_by(maker: Desk) -> None:
    await purchases(maker, february="8000", march="10000")
    case = await a_case(maker)
    await take_back(maker, case, "1200.00")
    refused = (await take_back(maker, case, "1500.01")).json()

    assert refused["fields"]["left"] == "150000"  # 1,200 + 1,500 - 1,200
    assert [each["left"] for each in await listed(maker, name="quota")] == ["150000"]


async def test_pages_follow_one_another(maker: Desk) -> None:
    await purchases(maker, january="20000")
    await maker.at("2026-01-05T00:00:00")
    await take_back(maker, await a_case(maker), "1.00")
    await maker.at("2026-03-05T00:00:00")
    seen, after = list[tuple[str, str | None]](), None
    for _ in range(5):
        answer = await maker.call(
            "GET", "/v1/balances", params={"key": REF, "limit": 1} | ({"after": after} if after else {})
        )
        page = answer.json()
        seen += [(each["name"], each["period"]) for each in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == [("fines", None), ("quota", "2026-03"), ("quota", "2026-02"), ("quota", "2026-01")]


async def test_entries_tell_which_step_of_which_case_booked(maker: Desk) -> None:
    await purchases(maker, march="10000")
    case = await a_case(maker)
    await take_back(maker, case, "600.00")
    await maker.at("2026-03-06T01:00:00")
    await maker.step(case, "undo")
    items = await listed(maker, "/entries", name="quota")

    told = [(each["amount"], each["counts_at"], each["reverses"], each["step"], each["period"]) for each in items]
    assert told == [
        ("60000", "2026-03-05T01:00:00Z", False, "take_back", "2026-03"),
        ("-60000", "2026-03-05T01:00:00Z", True, "undo", "2026-03"),
    ]
    assert {each["case_id"] for each in items} == {case}
    assert await listed(maker, "/entries", name="quota", period="2026-02") == []
    assert len(await listed(maker, "/entries", name="quota", period="2026-03")) == 2
    first = (await maker.call("GET", "/v1/balances/entries", params={"key": REF, "name": "quota", "limit": 1})).json()
    assert await listed(maker, "/entries", name="quota", after=first["next"]) == items[1:]


async def test_an_account_of_a_person_is_listed_by_its_key(maker: Desk) -> None:
    case = await a_case(maker)
    body = {"input": {"person": "E-7", "amount": "50"}}
    assert (await maker.call("POST", f"/v1/cases/{case}/steps/fine", body)).status_code == 200

    assert [(each["used"], each["left"]) for each in await listed(maker, name="fines", key="E-7")] == [("5000", None)]
    assert [each["used"] for each in await listed(maker, name="fines", key="E-8")] == ["0"]
    assert [each["period"] for each in await listed(maker, "/entries", name="fines", key="E-7")] == [None]


async def test_another_organisation_sees_nothing(maker: Desk, intake: Intake, tmp_path: Path) -> None:
    await purchases(maker, march="10000")
    await take_back(maker, await a_case(maker), "600.00")
    other = await a_maker(intake, tmp_path / "other")

    assert figures(await listed(other, name="quota")) == [("2026-03", "0", "0", "0", "0")]
    assert await listed(other, "/entries", name="quota") == []
    assert len(await listed(maker, "/entries", name="quota")) == 1


async def test_a_limit_that_only_a_case_knows_is_null(intake: Intake, tmp_path: Path) -> None:
    whole = INTAKE.replace(
        "of: customer, type: decimal, otherwise", "of: product, key: facts.product, type: decimal, otherwise"
    )
    maker = await a_maker(intake, tmp_path, pack=whole)
    assert [(each["limit"], each["left"]) for each in await listed(maker, name="quota")] == [(None, None)]


@pytest.mark.parametrize(
    ("wanted", "status", "code"),
    [
        ({"key": ""}, 422, "input_invalid"),
        ({"key": "x" * 201}, 422, "input_invalid"),
        ({"key": REF, "period": "2026-13"}, 422, "input_invalid"),
        ({"key": REF, "after": "e30"}, 400, "page_token_invalid"),
        ({"key": REF, "more": "1"}, 422, "input_invalid"),
        ({}, 422, "input_invalid"),
    ],
)
async def test_what_is_no_question(maker: Desk, wanted: dict[str, str], status: int, code: str) -> None:
    answer = await maker.call("GET", "/v1/balances", params=wanted)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
