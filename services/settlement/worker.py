"""The worker of settlement: consumers, relay, and the jobs that pay and expire."""

import asyncio

from services.settlement.clients.erp import Erp
from services.settlement.consumers import HANDLERS
from services.settlement.jobs import jobs
from services.settlement.settings import SettlementSettings
from shared.platform.db.engine import Database
from shared.platform.worker import Progress, run_worker


async def run(settings: SettlementSettings, db: Database, stop: asyncio.Event, progress: Progress) -> None:
    """Run until `stop` is set; the ERP's connections close last."""
    erp = Erp(settings.erp_url, timeout_seconds=settings.erp_timeout_seconds)
    try:
        await run_worker(
            service="settlement",
            db=db,
            kafka=settings.kafka,
            handlers=HANDLERS,
            jobs=jobs(erp, erp_timeout_seconds=settings.erp_timeout_seconds),
            stop=stop,
            progress=progress,
        )
    finally:
        await erp.close()
