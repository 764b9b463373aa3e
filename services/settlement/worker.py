"""The worker of settlement: consumers, relay, and one line for each job."""

import asyncio

from services.settlement.consumers import HANDLERS
from services.settlement.erp.jobs import seal_job
from services.settlement.ledger.jobs import SAMPLES as LEDGER_SAMPLES
from services.settlement.payouts.client import Erp
from services.settlement.payouts.jobs import SAMPLES as PAYOUT_SAMPLES
from services.settlement.payouts.jobs import pay_job
from services.settlement.remedies.jobs import EXPIRE_QUOTES
from services.settlement.remedies.jobs import SAMPLES as REMEDY_SAMPLES
from services.settlement.settings import SettlementSettings
from shared.platform.db.engine import Database
from shared.platform.kafka.aio import AioBroker
from shared.platform.sealing import sealer_of
from shared.platform.worker import Progress, run_worker


async def run(settings: SettlementSettings, db: Database, stop: asyncio.Event, progress: Progress) -> None:
    """Run until `stop` is set; the connections to the ERPs close last."""
    sealer = sealer_of(settings.sealing_keys)
    erp = Erp(timeout_seconds=settings.erp_timeout_seconds, allow_loopback=settings.loopback_erp_allowed)
    try:
        await run_worker(
            service="settlement",
            db=db,
            broker=AioBroker(settings.kafka, tuning=settings.kafka_tuning()),
            handlers=HANDLERS,
            jobs=(
                pay_job(erp, sealer, erp_timeout_seconds=settings.erp_timeout_seconds),
                seal_job(sealer),
                EXPIRE_QUOTES,
            ),
            samples=(*REMEDY_SAMPLES, *PAYOUT_SAMPLES, *LEDGER_SAMPLES),
            stop=stop,
            progress=progress,
        )
    finally:
        await erp.close()
