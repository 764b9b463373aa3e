"""A refusal that rests on the case says as of which of its versions settlement judged."""

from sqlalchemy import insert

from services.settlement.migrations.schema import KERNEL
from shared.contracts import topics
from shared.kernel.ids import EventId, new_id
from shared.platform.db.transaction import transaction
from shared.platform.inbox import seen_events
from shared.platform.inbox.arrival import record_columns
from shared.platform.kafka.cloud_events import Attributes, headers_of
from shared.platform.kafka.port import Record
from tests.integration.settlement.conftest import START, Desk

CONSUMER = "settlement.cases"


def event(desk: Desk, case_id: str, version: int) -> Attributes:
    return Attributes(
        id=EventId(new_id()),
        type="case.advanced.v1",
        org=desk.org,
        key=case_id,
        aggregate="case",
        aggregate_id=case_id,
        version=version,
        occurred_at=START,
        correlation_id="c",
        traceparent=None,
    )


async def handled(desk: Desk, case_id: str, version: int) -> None:
    """The consumer has handled the case up to this version."""
    async with transaction(desk.db) as tx:
        await seen_events.raise_high_water(tx, CONSUMER, [event(desk, case_id, version)])


async def parked(desk: Desk, case_id: str, version: int) -> None:
    """The consumer has come to this version, which waits."""
    await handled(desk, case_id, version)
    attributes = event(desk, case_id, version)
    headers = headers_of(attributes, source=b"/redress/intake")
    record = Record(topics.INTAKE, 0, version, case_id.encode(), b"{}", headers, 0)
    async with transaction(desk.db) as tx:
        await tx.execute(
            insert(KERNEL.parked_event).values(
                org_id=desk.org,
                consumer=CONSUMER,
                key=case_id,
                event_id=attributes.id,
                **record_columns(record),
            )
        )


async def test_refusals_and_explanations_name_the_version_of_the_case(desk: Desk) -> None:
    case_id = await desk.a_case()
    remedy = await desk.accepted(case_id)
    await handled(desk, case_id, 7)
    refused = (await desk.act("sun", remedy, "payout")).json()
    assert (refused["code"], refused["fields"]["as_of"]) == ("result_notice_required", [f"case/{case_id}@7"])
    explained = await desk.get(f"/v1/remedies/{remedy['remedy_id']}/explain")
    assert explained["as_of"] == [f"case/{case_id}@7"]


async def test_an_event_that_is_parked_has_not_been_judged_by(desk: Desk) -> None:
    case_id = await desk.a_case()
    remedy = await desk.accepted(case_id)
    await parked(desk, case_id, 8)
    await parked(desk, case_id, 9)
    refused = (await desk.act("sun", remedy, "payout")).json()
    assert refused["fields"]["as_of"] == [f"case/{case_id}@7"]


async def test_without_an_event_through_the_inbox_there_is_none(desk: Desk) -> None:
    case_id = await desk.a_case()
    remedy = await desk.accepted(case_id)
    assert "as_of" not in (await desk.act("sun", remedy, "payout")).json()["fields"]
