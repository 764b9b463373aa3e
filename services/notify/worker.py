"""Message composition root of notify: consumers, relay and senders, ended in order."""

import asyncio
from contextlib import AsyncExitStack
from typing import Final

from services.notify.channels.registry import REGISTRY
from services.notify.consumers import HANDLERS
from services.notify.delivery.jobs import SAMPLES, Courier
from services.notify.inbox.jobs import HOURS
from services.notify.settings import NotifySettings
from services.notify.webhooks.jobs import seal_job
from shared.kernel.clock import SystemClock
from shared.platform.db.engine import Database
from shared.platform.kafka.aio import AioBroker
from shared.platform.sealing import sealer_of
from shared.platform.worker import Progress, run_worker

FINISH_SECONDS: Final = 5.0


async def run(settings: NotifySettings, db: Database, stop: asyncio.Event, progress: Progress) -> None:
    """Run until `stop`; what the senders have under way is then finished and recorded."""
    async with AsyncExitStack() as opened:
        couriers = [
            Courier(name, sender=await opened.enter_async_context(open_sender(settings)), clock=SystemClock())
            for name, open_sender in REGISTRY.senders.items()
        ]
        await run_worker(
            service="notify",
            db=db,
            broker=AioBroker(settings.kafka, tuning=settings.kafka_tuning()),
            handlers=HANDLERS,
            jobs=(
                *(courier.job() for courier in couriers),
                HOURS,
                seal_job(sealer_of(settings.sealing_keys)),
            ),
            samples=SAMPLES,
            stop=stop,
            progress=progress,
        )
        for courier in couriers:
            await courier.finish(db, seconds=FINISH_SECONDS)
