"""A topic is deleted while everything runs, and the whole broker loses its data: what was published comes back from the archives."""

import asyncio
import shutil

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from operate.progress import say_nothing
from operate.runtime.embedded import bootstrap_servers
from operate.runtime.migrations import create_topics
from operate.runtime.stack import Stack
from operate.scenarios import quiescence
from operate.scenarios.session import Session
from tests.mishaps.installation import faults, recover, start_services, stop_services
from tests.mishaps.test_restore import analysed, clocks, nothing_waits, registered
from tests.support.eventually import eventually

INTAKE = "redress.intake.v1"


async def delete_topic(stack: Stack, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers(stack))
    await admin.start()
    try:
        await admin.delete_topics([topic])

        async def is_gone() -> bool:
            return topic not in await admin.list_topics()

        await eventually(is_gone)
    finally:
        await admin.close()


async def make_topics(stack: Stack) -> None:
    await asyncio.to_thread(create_topics, stack.state, say=say_nothing)


@pytest.mark.chaos
async def test_a_topic_whose_events_were_handled_is_only_made_again(stack: Stack, session: Session) -> None:
    """Requests are answered meanwhile; their events are published and handled once the topic is there."""
    before = await registered(session, "before")
    await quiescence.settle(session)
    await delete_topic(stack, INTAKE)
    meanwhile = await registered(session, "meanwhile")
    assert (await faults(stack, "kafka.topic"))[INTAKE] == "missing"
    await make_topics(stack)

    for case_id in (before, meanwhile):
        await analysed(session, case_id)
    await quiescence.settle(session)
    for case_id in (before, meanwhile):
        assert len(await clocks(session, case_id)) == 2


@pytest.mark.chaos
async def test_events_that_were_lost_with_their_topic_come_from_the_archive_before_newer_ones(
    stack: Stack, session: Session
) -> None:
    """sla does not run when the case is registered, and the topic is deleted before it could read."""
    stack.part("sla").stop()
    case_id = await registered(session, "unread")
    await eventually(lambda: nothing_waits(stack, "intake"))
    await delete_topic(stack, INTAKE)
    await analysed(session, case_id)
    await stop_services(stack)

    code, said = await recover(stack, "--dry-run")
    assert code == 1
    assert "intake: " in said
    assert "events that Kafka does not hold are published again from the archive" in said
    code, said = await recover(stack)
    assert code == 0, said
    await make_topics(stack)
    await start_services(stack)

    await quiescence.settle(session)
    assert len(await clocks(session, case_id)) == 2


@pytest.mark.chaos
async def test_a_broker_that_lost_everything_is_filled_from_the_archives(stack: Stack, session: Session) -> None:
    """Topics, events and offsets are gone, and settlement had not read. What all had read does not come back."""
    await analysed(session, await registered(session, "all had read"))
    await quiescence.settle(session)
    stack.part("settlement").stop()
    case_id = await registered(session, "all is lost")
    await eventually(lambda: nothing_waits(stack, "intake"))
    await stop_services(stack)
    stack.kafka.stop()
    shutil.rmtree(stack.layout.kafka)
    await asyncio.to_thread(stack.kafka.start)
    await make_topics(stack)
    ahead = await faults(stack, "events.agreement")
    assert "does not hold" in ahead["intake"]
    assert "does not hold" in ahead["sla"]

    code, said = await recover(stack)
    assert code == 0, said
    assert await faults(stack, "events.agreement") == {}
    await start_services(stack)

    await quiescence.settle(session)
    remedies = await session.operate("settlement", "GET", f"/v1/cases/{case_id}/remedies")
    assert remedies["items"] == []
