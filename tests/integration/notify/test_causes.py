"""One step gives the case to another owner and causes a breach: the breach is told to the owner that its producer had seen."""

from typing import Any

import pytest

from services.notify.consumers import HANDLERS
from services.notify.messages.store.tables import MESSAGE
from shared.contracts.envelope import Contract
from shared.contracts.topics import INTAKE
from shared.kernel.ids import EventId, OrgId, new_id
from shared.platform.inbox.arrival import routes_of
from shared.platform.inbox.consume import Processor
from shared.platform.kafka.cloud_events import Attributes, headers_of
from shared.platform.kafka.port import Record
from tests.integration.notify.stage import NINE, Stage, a_rule, advanced
from tests.integration.notify.test_events import a_breach


def a_record(data: Contract, case_id: str, *, org: OrgId, aggregate: str, version: int, saw: str = "") -> Record:
    attributes = Attributes(
        id=EventId(new_id()),
        type=data.TYPE,
        org=org,
        key=case_id,
        aggregate=aggregate,
        aggregate_id=case_id,
        version=version,
        occurred_at=NINE,
        correlation_id="test",
        traceparent=None,
        saw_versions=saw,
    )
    headers = headers_of(attributes, source=b"/redress/test")
    return Record(data.TOPIC, 0, version, case_id.encode(), data.model_dump_json().encode(), headers, 0)


async def told(stage: Stage, org: OrgId) -> list[Any]:
    return [row.recipient for row in await stage.rows(MESSAGE, MESSAGE.c.org_id == org)]


@pytest.mark.parametrize("breach_first", [True, False])
@pytest.mark.parametrize("in_one_batch", [True, False])
async def test_a_breach_is_told_to_whom_owned_the_case_when_it_was_breached(
    stage: Stage, *, breach_first: bool, in_one_batch: bool
) -> None:
    org = await stage.organisation(a_rule(on=["clock.breached"], recipients=[{"role": "owner"}], channels=["internal"]))
    case_id = await stage.register(org)
    moved = a_record(advanced(case_id, "case.accepted", owner="leader"), case_id, org=org, aggregate="case", version=5)
    saw = f"{INTAKE}/case/{case_id}@5"
    breach = a_record(a_breach(case_id), case_id, org=org, aggregate="clock", version=2, saw=saw)
    records = [breach, moved] if breach_first else [moved, breach]

    consumer = Processor(stage.db, consumer="notify.cases", routes=routes_of(HANDLERS))
    if in_one_batch:
        await consumer.process(records)
    else:
        for record in records:
            consumer.take([record])
            await consumer.step()
        await consumer.process([])

    assert await told(stage, org) == ["leader"]
