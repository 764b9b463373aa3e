"""Each event that a gate of settlement may ask for lets the gate pass once it has happened, and not before."""

from typing import Any

import pytest
from sqlalchemy import insert

from services.settlement.migrations.schema import KERNEL
from shared.contracts.intake import PolicyRefV1
from shared.kernel.ids import new_id
from shared.packs.documents import digest
from shared.platform.db.transaction import transaction
from tests.integration.settlement.conftest import START, Desk
from tests.support.event_packs import documents_naming
from tests.support.event_places import admitted
from tests.support.event_samples import a_registration, an_event


async def a_case(desk: Desk, pack: dict[str, Any]) -> str:
    row = {"org_id": desk.org, "pack": "named", "version": 1, "effective_from": START.date(), "digest": digest(pack)}
    async with transaction(desk.db) as tx:
        await tx.execute(insert(KERNEL.policy_version).values(**row, sections=pack))
    case_id = new_id()
    await desk.tell(a_registration(case_id, policy=PolicyRefV1(pack="named", version=1)))
    return case_id


async def quoted(desk: Desk, case_id: str) -> tuple[int, str | None]:
    body = {"remedy": "refund", "inputs": {"price": "1.00"}}
    answer = await desk.post("lin", f"/v1/cases/{case_id}/remedies", body)
    return answer.status_code, answer.json().get("code")


@pytest.mark.parametrize("event", admitted("SETTLEMENT_GATE"))
async def test_a_gate_passes_after_each_event_that_it_may_ask_for(desk: Desk, event: str) -> None:
    case_id = await a_case(desk, documents_naming(SETTLEMENT_GATE=event))
    if event != "case.registered":
        assert await quoted(desk, case_id) == (409, "not_yet")
        await desk.tell(an_event(event, case_id))
    assert (await quoted(desk, case_id))[0] == 201
