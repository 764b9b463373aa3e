"""The outbox relay against raw aiokafka: the same records, idempotent, all acknowledged, batches of the same size."""

import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer

from operate.runtime.embedded import bootstrap_servers, database_url
from operate.runtime.stack import Stack
from services.intake.migrations.schema import KERNEL
from shared.contracts.envelope import ActorV1
from shared.contracts.intake import EvidenceAddedV1
from shared.contracts.topics import INTAKE
from shared.kernel.ids import OrgId, new_id
from shared.platform.db.engine import Database, connect
from shared.platform.db.transaction import transaction
from shared.platform.kafka.aio import AioBroker
from shared.platform.outbox.append import Outgoing, append
from shared.platform.outbox.relay import BATCH, Relay
from tests.bench.pairs import Figure, interleaved
from tests.support.settings import FAST

EVENTS = 20_000


def events(count: int) -> list[Outgoing]:
    """Events of as many cases, about 400 bytes each."""
    org = OrgId(new_id())
    at = datetime(2026, 3, 5, 1, 0, tzinfo=UTC)
    return [
        Outgoing(
            org=org,
            key=(case_id := new_id()),
            aggregate="case",
            aggregate_id=case_id,
            version=1,
            occurred_at=at,
            data=EvidenceAddedV1(
                case_id=case_id,
                evidence_id=new_id(),
                kind="photo",
                media_type="image/jpeg",
                size=204_800,
                sha256="0" * 64,
                actor=ActorV1(subject="wang", roles=["objection_team"]),
            ),
        )
        for _ in range(count)
    ]


async def fill_outbox(db: Database, count: int) -> None:
    """Commit `count` events, five hundred to a transaction."""
    waiting = events(count)
    for first in range(0, count, BATCH):
        async with transaction(db) as tx:
            await append(tx, waiting[first : first + BATCH])


async def measure(stack: Stack) -> Figure:
    """Events per second until the outbox is empty, against records per second until all are acknowledged."""
    servers = bootstrap_servers(stack)
    async with AsyncExitStack() as cleanup:
        db = connect(database_url(stack, "intake"), kernel=KERNEL, application_name="bench")
        cleanup.push_async_callback(db.engine.dispose)
        relay = Relay(db, AioBroker(servers, tuning=FAST))
        cleanup.push_async_callback(relay.give_up_producer)
        raw = AIOKafkaProducer(bootstrap_servers=servers, enable_idempotence=True, acks="all", linger_ms=0)
        await raw.start()
        cleanup.push_async_callback(raw.stop)

        async def ours() -> float:
            await fill_outbox(db, EVENTS)
            began = time.perf_counter()
            done = 0
            while done < EVENTS:
                done += await relay.run_once()
            return done / (time.perf_counter() - began)

        async def yardstick() -> float:
            records = [(event.key.encode(), event.data.model_dump_json().encode()) for event in events(EVENTS)]
            began = time.perf_counter()
            for first in range(0, EVENTS, BATCH):
                batch = records[first : first + BATCH]
                acknowledged = [await raw.send(INTAKE, key=key, value=value) for key, value in batch]
                for future in acknowledged:
                    await future
            return EVENTS / (time.perf_counter() - began)

        return await interleaved(
            "relay: outbox to Kafka and archive",
            unit="events/s",
            against="raw aiokafka idempotent produce",
            aim=0.5,
            ours=ours,
            yardstick=yardstick,
        )
