"""The worker of sla: consumers, relay, and the jobs of its features."""

import asyncio

from services.sla.clocks.jobs import SAMPLES as CLOCK_SAMPLES
from services.sla.clocks.jobs import jobs as clock_jobs
from services.sla.consumers import HANDLERS
from services.sla.extensions.jobs import SAMPLES as EXTENSION_SAMPLES
from services.sla.indicators.jobs import jobs as indicator_jobs
from services.sla.settings import SlaSettings
from shared.platform.db.engine import Database
from shared.platform.kafka.aio import AioBroker
from shared.platform.worker import Progress, run_worker


async def run(settings: SlaSettings, db: Database, stop: asyncio.Event, progress: Progress) -> None:
    """Run until `stop` is set."""
    await run_worker(
        service="sla",
        db=db,
        broker=AioBroker(settings.kafka, tuning=settings.kafka_tuning()),
        handlers=HANDLERS,
        jobs=(*clock_jobs(simulated_clocks=settings.simulated_clocks_allowed), *indicator_jobs()),
        samples=(*CLOCK_SAMPLES, *EXTENSION_SAMPLES),
        stop=stop,
        progress=progress,
    )
