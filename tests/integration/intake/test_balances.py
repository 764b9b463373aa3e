"""Balances on a real PostgreSQL, over HTTP: a monthly quota by purchases whose rest moves on, and an account of fines.

The quota of a month is 15 % of the purchases of the month; its rest moves on for two months, 4,000 yuan at most.
"""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from shared.kernel.ids import OrgId, new_id
from shared.platform.db.transaction import reading, transaction
from shared.platform.organisations import remember
from tests.integration.intake.conftest import CUSTOMER, START, Intake
from tests.integration.intake.dealing_pack import INTAKE, dealing_documents
from tests.integration.intake.timed_desk import Desk

REF = CUSTOMER["ref"]


@pytest.fixture
async def maker(intake: Intake, tmp_path: Path) -> Desk:
    return await a_maker(intake, tmp_path)


async def a_maker(intake: Intake, folder: Path, *, pack: str = INTAKE) -> Desk:
    org = OrgId(new_id())
    async with transaction(intake.db) as tx:
        await remember(tx, org, name="Maker", simulated_now=START)
    desk = Desk(replace(intake, org=org))
    await desk.publish(dealing_documents(folder, intake=pack))
    return desk


async def purchases(maker: Desk, **months: str) -> None:
    """What the customer bought in months of 2026, on record from their first day on."""
    number = {"january": 1, "february": 2, "march": 3, "april": 4}
    rows = [
        {
            "subject_kind": "customer",
            "subject": REF,
            "name": "purchases",
            "value": value,
            "valid_from": f"2026-0{number[month]}-01T00:00:00+08:00",
            "valid_until": f"2026-0{number[month] + 1}-01T00:00:00+08:00",
        }
        for month, value in months.items()
    ]
    answer = await maker.call("POST", "/v1/standing-facts", {"rows": rows}, scope="standing:write")
    assert [each["outcome"] for each in answer.json()["results"]] == ["recorded"] * len(rows)


async def a_case(maker: Desk, **more: Any) -> str:
    return str((await maker.register(case_type="return", **more))["case_id"])


async def take_back(maker: Desk, case_id: str, amount: str, **more: Any) -> httpx2.Response:
    body = {"input": {"amount": amount}, **more}
    return await maker.call("POST", f"/v1/cases/{case_id}/steps/take_back", body)


async def refused(maker: Desk, case_id: str, amount: str, **more: Any) -> dict[str, Any]:
    answer = await take_back(maker, case_id, amount, **more)
    assert answer.status_code == 409, answer.text
    problem: dict[str, Any] = answer.json()
    return {name: problem[name] for name in ("code", "cite", "fields")}


async def details(maker: Desk, case_id: str) -> dict[str, Any]:
    items = (await maker.call("GET", f"/v1/cases/{case_id}/timeline")).json()["items"]
    found: dict[str, Any] = items[-1]["details"]
    return found


def exceeded(left: str, asked: str) -> dict[str, Any]:
    fields = {"balance": "quota", "left": left, "asked": asked}
    return {"code": "balance_exceeded", "cite": "D-2 Art.1", "fields": fields}


async def test_cases_of_one_customer_share_what_is_left_of_the_month(maker: Desk) -> None:
    await purchases(maker, march="10000.00")  # 1,500 yuan
    first, second = await a_case(maker), await a_case(maker)
    other = await a_case(maker, customer=CUSTOMER | {"ref": "C-9"})

    assert (await take_back(maker, first, "1000.00")).status_code == 200
    assert await refused(maker, second, "500.01") == exceeded("50000", "50001")
    assert await refused(maker, other, "0.01") == exceeded("0", "1")
    assert (await take_back(maker, second, "500.00")).status_code == 200
    assert await refused(maker, first, "0.01") == exceeded("0", "1")


async def test_the_rest_moves_on_for_two_months_up_to_the_cap(maker: Desk) -> None:
    await purchases(maker, january="20000", february="10000", march="10000", april="0")
    case = await a_case(maker)

    # January 3,000 and February 1,500 move to March with its own 1,500; 4,000 of 4,500 do.
    assert await refused(maker, case, "5500.01") == exceeded("550000", "550001")
    assert (await take_back(maker, case, "1000.00")).status_code == 200
    await maker.at("2026-03-31T15:59:59")
    assert await refused(maker, case, "4500.01") == exceeded("450000", "450001")
    await maker.at("2026-03-31T16:00:00")  # April in Shanghai: February and March only, 1,500 + 1,500 - 1,000
    assert await refused(maker, case, "2000.01") == exceeded("200000", "200001")
    assert (await take_back(maker, case, "2000.00")).status_code == 200


async def test_at_most_half_of_each_months_limit_moves_on(intake: Intake, tmp_path: Path) -> None:
    maker = await a_maker(intake, tmp_path, pack=INTAKE.replace('most: "400000"', "most: period.limit * 0.5"))
    await purchases(maker, january="20000", february="10000", march="10000", april="30000")
    case = await a_case(maker)

    # Half of January's 3,000 moves to February; of February's 1,500 + 1,500 half of 1,500 moves to March.
    assert await refused(maker, case, "2250.01") == exceeded("225000", "225001")
    assert (await take_back(maker, case, "2000.00")).status_code == 200
    await maker.at("2026-03-31T16:00:00")  # April: 4,500 of its own; 250 are left of March
    assert await refused(maker, case, "4750.01") == exceeded("475000", "475001")


async def test_a_later_correction_of_purchases_counts_and_decisions_stay(maker: Desk) -> None:
    await purchases(maker, february="10000")
    case = await a_case(maker)
    assert (await take_back(maker, case, "1500.00")).status_code == 200
    await purchases(maker, february="8000")

    assert await refused(maker, case, "0.01") == exceeded("-30000", "1")
    assert (await details(maker, case))["balances"] == {
        "quota": {
            "key": REF,
            "period": "2026-03",
            "limit": "0",
            "carried": "150000",
            "used": "0",
            "left": "150000",
            "as_of": "2026-03-05T01:00:00Z",
        }
    }


async def test_a_step_of_last_month_takes_nothing_that_this_month_has_used(maker: Desk) -> None:
    await purchases(maker, february="10000", march="10000")
    await maker.at("2026-02-28T03:00:00")
    case = await a_case(maker)
    await maker.at("2026-03-02T03:00:00")
    assert (await take_back(maker, await a_case(maker), "2500.00")).status_code == 200
    february = {"at": "2026-02-28T12:00:00+08:00"}

    assert await refused(maker, case, "500.01", **february) == exceeded("50000", "50001")
    assert (await take_back(maker, case, "500.00", **february)).status_code == 200
    assert await refused(maker, await a_case(maker), "0.01") == exceeded("0", "1")


async def test_a_reversal_gives_back_where_it_was_booked(maker: Desk) -> None:
    await purchases(maker, march="10000", april="0")
    case, other = await a_case(maker), await a_case(maker)
    await take_back(maker, case, "1400.00")
    await take_back(maker, other, "100.00")
    await maker.at("2026-04-02T03:00:00")
    assert await refused(maker, other, "0.01") == exceeded("0", "1")
    await maker.step(case, "undo")
    await maker.step(case, "undo")

    assert await refused(maker, other, "1400.01") == exceeded("140000", "140001")
    async with reading(maker.db) as tx:
        rows = await tx.rows(
            "SELECT amount::int, reverses FROM intake.balance_entry WHERE org_id = $1::uuid ORDER BY entry_id",
            (maker.intake.org,),
        )
    assert rows == [(140000, False), (10000, False), (-140000, True)]


async def test_of_two_at_once_one_takes_the_rest(maker: Desk) -> None:
    await purchases(maker, march="10000")
    cases = [await a_case(maker) for _ in range(6)]
    answers = await asyncio.gather(*(take_back(maker, case, "800.00") for case in cases))

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"balance_exceeded"}
    assert await refused(maker, cases[0], "700.01") == exceeded("70000", "70001")


async def test_a_repeated_step_books_once(maker: Desk) -> None:
    await purchases(maker, march="10000")
    case = await a_case(maker)
    path, body = f"/v1/cases/{case}/steps/take_back", {"input": {"amount": "1000.00"}}
    first = await maker.call("POST", path, body, key="k-1")
    again = await maker.call("POST", path, body, key="k-1")

    assert (first.status_code, again.status_code, again.json()) == (200, 200, first.json())
    assert await refused(maker, case, "500.01") == exceeded("50000", "50001")


async def test_expressions_and_history_see_what_was_left_and_what_was_booked(maker: Desk) -> None:
    await purchases(maker, march="10000")
    case = await a_case(maker)
    await take_back(maker, case, "1000.00")
    await take_back(maker, case, "250.50")

    assert (await maker.page(case))["facts"]["left"] == "50000"
    found = await details(maker, case)
    assert found["booked"] == [
        {"balance": "quota", "amount": "25050", "counts_at": "2026-03-05T01:00:00Z", "reverses": False}
    ]
    assert found["standing"]["purchases"]["value"] == "10000"
    assert found["balances"]["quota"]["used"] == "100000"


async def test_an_account_is_kept_by_whom_it_is_and_read_by_gates(maker: Desk) -> None:
    case = await a_case(maker)
    await maker.step(case, "fine", person="E-1", amount="99.99")
    await maker.step(case, "fine", person="E-1", amount="500")
    await maker.step(case, "fine", person="E-2", amount="1")
    body = {"input": {"person": "E-1", "amount": "1"}}
    full = (await maker.call("POST", f"/v1/cases/{case}/steps/fine", body)).json()
    nameless = (await maker.call("POST", f"/v1/cases/{case}/steps/fine", {"input": {"amount": "1"}})).json()

    assert (full["code"], full["fields"]) == ("fined_enough", {"balances": {"fines": None}})
    assert (nameless["code"], nameless["fields"]) == ("fined_enough", {"balances": {"fines": None}})


async def test_what_was_entered_wrongly_or_is_no_amount_books_nothing(maker: Desk) -> None:
    await purchases(maker, march="10000")
    case = await a_case(maker)

    assert (await take_back(maker, case, "x")).status_code == 422
    assert (await refused(maker, case, "0.001"))["code"] == "rule_failed"
    assert (await refused(maker, case, "-1"))["code"] == "rule_failed"
    assert await refused(maker, case, "1500.01") == exceeded("150000", "150001")
