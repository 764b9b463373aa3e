"""Tables, further figures and amounts of nothing, over HTTP and PostgreSQL."""

from typing import Any

import orjson
import pytest
from sqlalchemy import select

from services.settlement.ledger.store import ENTRY
from services.settlement.migrations.schema import KERNEL
from services.settlement.payouts.store.payouts import PAYOUT
from services.settlement.remedies.store.tables import REMEDY
from shared.platform.db.transaction import reading
from tests.integration.settlement.conftest import Desk
from tests.support.freight import line

LINES = [line("adhesive", "2"), line("furniture", "3.0") | {"note": "红"}]


async def _payloads(desk: Desk) -> list[dict[str, Any]]:
    async with reading(desk.db) as tx:
        found = await tx.execute(select(KERNEL.outbox.c.payload).order_by(KERNEL.outbox.c.seq))
        return [orjson.loads(row.payload) for row in found]


async def _zero(desk: Desk, case_id: str) -> dict[str, Any]:
    return await desk.accepted(case_id, "damage_remainder", damage="300.00", freight="900.00")


async def test_a_table_is_quoted_explained_and_paid(desk: Desk) -> None:
    remedy = await desk.payable("freight_subsidy", rate="650", lines=LINES)
    assert remedy["amount"]["text"] == "150.00"
    assert remedy["figures"] == [
        {
            "id": "eligible_tonnes",
            "label": {"zh": "可补贴吨数", "en": "Tonnes with a subsidy"},
            "value": "3",
            "amount": None,
            "unit": "t",
        },
        {
            "id": "freight",
            "label": {"zh": "运费", "en": "Freight"},
            "value": "3250.00",
            "amount": {"minor": 325_000, "currency": "CNY", "text": "3,250.00"},
            "unit": None,
        },
    ]
    sheet = await desk.get(f"/v1/remedies/{remedy['remedy_id']}/explain")
    assert sheet["reproduced"] is True
    table = sheet["inputs"][1]
    assert (table["type"], table["value"], table["source"]) == ("table", None, "given")
    assert [(column["id"], column["unit"]) for column in table["columns"]] == [
        ("category", None),
        ("tonnes", "t"),
        ("low_value", None),
        ("note", None),
    ]
    assert table["rows"] == [
        {"category": "adhesive", "tonnes": "2", "low_value": False, "note": None},
        {"category": "furniture", "tonnes": "3", "low_value": False, "note": "红"},
    ]
    assert (await desk.act("sun", remedy, "payout")).status_code == 202
    await desk.pay()
    assert desk.paid() == [15_000]


async def test_events_carry_figures_and_no_rows(desk: Desk) -> None:
    await desk.quote(await desk.a_case(), "freight_subsidy", rate="650", lines=LINES)
    (quoted,) = await _payloads(desk)
    assert quoted["figures"] == {
        "eligible_tonnes": {
            "label": {"zh": "可补贴吨数", "en": "Tonnes with a subsidy"},
            "value": "3",
            "amount": None,
            "unit": "t",
        },
        "freight": {
            "label": {"zh": "运费", "en": "Freight"},
            "value": "3250.00",
            "amount": {"minor": 325_000, "currency": "CNY"},
            "unit": None,
        },
    }
    assert "adhesive" not in str(quoted)


@pytest.mark.parametrize(
    ("lines", "status", "code", "fields"),
    [
        ([line("wood", "-1")], 422, "inputs_invalid", {"lines[0].tonnes": "below_minimum 0"}),
        ([line("wod", "1")], 422, "inputs_invalid", {"lines[0].category": "not_a_choice"}),
        ([line("wood", "1")] * 201, 422, "inputs_invalid", {"lines": "too_many_rows 200"}),
        ([], 422, "inputs_invalid", {"lines": "required"}),
        ("wood", 422, "inputs_invalid", {"lines": "not_rows"}),
        ([line("wood", "1") | {"tonnes": 1.5}], 422, None, None),
        ([line("wood", "1") | {"tonnes": [1]}], 422, None, None),
        ([line("wood", "1") | {"Bad Name": 1}], 422, None, None),
        (["wood"], 422, None, None),
        ({"category": "wood"}, 422, None, None),
    ],
)
async def test_a_bad_table_is_refused_without_effect(
    desk: Desk, lines: Any, status: int, code: str | None, fields: dict[str, str] | None
) -> None:
    body = {"remedy": "freight_subsidy", "inputs": {"rate": "650", "lines": lines}}
    refused = await desk.post("wang", f"/v1/cases/{await desk.a_case()}/remedies", body)
    assert refused.status_code == status, refused.text
    if code is not None:
        assert (refused.json()["code"], refused.json()["fields"]) == (code, fields)
        assert refused.json()["cite"] == "SK-07b P2.3"
    assert await desk.rows(REMEDY) == []


async def test_a_share_of_nothing_is_recorded_approved_and_never_paid(desk: Desk) -> None:
    case_id = await desk.a_case()
    remedy = await _zero(desk, case_id)
    assert (remedy["amount"]["text"], remedy["state"]) == ("0.00", "accepted")
    assert {figure["id"]: figure["amount"]["text"] for figure in remedy["figures"]} == {
        "deducted": "300.00",
        "customer_pays": "600.00",
    }
    refused = await desk.act("sun", remedy, "payout", amount={"minor": 1, "currency": "CNY"})
    assert (refused.status_code, refused.json()["code"]) == (409, "nothing_to_pay")
    done = (await desk.act("ma", remedy, "approve")).json()
    assert (done["state"], done["reference"]) == ("executed", "nothing_to_pay")
    assert (await desk.events())[-2:] == ["remedy.approved.v1", "remedy.executed.v1"]
    assert (await _payloads(desk))[-1]["amount"] == {"minor": 0, "currency": "CNY"}
    assert await desk.pay() == 0
    assert (desk.paid(), await desk.rows(PAYOUT), await desk.rows(ENTRY)) == ([], [], [])
    sheet = await desk.get(f"/v1/remedies/{remedy['remedy_id']}/explain")
    assert (sheet["reproduced"], sheet["payout"]) == (True, None)
    assert [(step["id"], step["value"]) for step in sheet["steps"]] == [
        ("deducted", "300.00"),
        ("customer_pays", "600.00"),
        ("slip", "0.00"),
    ]


async def test_nothing_to_pay_stands_in_no_other_remedys_way(desk: Desk) -> None:
    case_id = await desk.a_case()
    await desk.act("ma", await _zero(desk, case_id), "approve")
    more = await desk.quote(case_id, "damage_remainder", damage="2500.00", freight="900.00")
    assert more["amount"]["text"] == "1,600.00"
    assert (await desk.act("wang", more, "offer")).json()["round"] == 2
    again = await desk.quote(case_id, "damage_whole", damage="2500.00", freight="900.00")
    assert again["amount"]["text"] == "2,500.00"
    assert (await desk.act("wang", again, "offer")).json()["code"] == "another_remedy_open"
