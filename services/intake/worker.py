"""The message side of intake, put together."""

import asyncio

from services.intake.cases.jobs import samples as case_samples
from services.intake.consumers import HANDLERS
from services.intake.contacts.jobs import SAMPLES as CONTACT_SAMPLES
from services.intake.evidence.client import Objects
from services.intake.looks import jobs as looks
from services.intake.recurring import jobs as recurring
from services.intake.retention import jobs as retention
from services.intake.samples import jobs as samples
from services.intake.settings import IntakeSettings
from services.intake.terms import jobs as terms
from shared.platform.db.engine import Database
from shared.platform.kafka.aio import AioBroker
from shared.platform.worker import Progress, run_worker


async def run(settings: IntakeSettings, db: Database, stop: asyncio.Event, progress: Progress) -> None:
    """Consume, relay and sweep until `stop` is set."""
    objects = Objects(settings.storage_url)
    await run_worker(
        service="intake",
        db=db,
        broker=AioBroker(settings.kafka, tuning=settings.kafka_tuning()),
        handlers=HANDLERS,
        jobs=(
            *recurring.jobs(simulated_clocks=settings.simulated_clocks_allowed),
            *samples.jobs(),
            *looks.jobs(),
            *retention.jobs(objects),
            *terms.jobs(objects, simulated_clocks=settings.simulated_clocks_allowed),
        ),
        samples=(*case_samples(organisations=settings.metrics_organisations), *CONTACT_SAMPLES),
        stop=stop,
        progress=progress,
    )
