"""The HTTP side of settlement: one router for each feature that has routes, and what quiescence counts."""

from datetime import datetime

from fastapi import FastAPI

from services.settlement.approvals.routes import router as approvals
from services.settlement.certificates.routes import router as certificates
from services.settlement.consumers import HANDLERS
from services.settlement.erp.routes import router as erp
from services.settlement.explanations.routes import router as explanations
from services.settlement.ledger.routes import LEDGER, chosen_lines
from services.settlement.ledger.routes import router as ledger
from services.settlement.metrics import METRICS
from services.settlement.my.routes import router as my
from services.settlement.payouts.routes.callbacks import router as callbacks
from services.settlement.payouts.routes.payouts import PAYOUTS
from services.settlement.payouts.routes.payouts import router as payouts
from services.settlement.payouts.store.payouts import calls_to_make
from services.settlement.remedies.routes.remedies import router as remedies
from services.settlement.remedies.store.remedies import quotes_to_expire
from services.settlement.replacements.routes import router as replacements
from services.settlement.settings import SettlementSettings
from shared.kernel.ids import OrgId
from shared.platform.db.engine import Database
from shared.platform.db.transaction import Transaction
from shared.platform.exports.routes import export_router
from shared.platform.http import app as http
from shared.platform.sealing import sealer_of
from shared.platform.worker import Progress


def create_app(settings: SettlementSettings, db: Database, progress: Progress) -> FastAPI:
    """The application."""
    exports = (export_router(PAYOUTS), export_router(LEDGER, chosen=chosen_lines))
    app = http.create_app(
        service="settlement",
        settings=settings,
        db=db,
        routers=[
            remedies,
            approvals,
            certificates,
            replacements,
            erp,
            payouts,
            callbacks,
            ledger,
            explanations,
            my,
            *exports,
        ],
        progress=progress,
        pending=pending,
        subscribes=HANDLERS,
        metrics=METRICS,
    )
    app.state.sealer = sealer_of(settings.sealing_keys)
    app.state.erp_callback_url = settings.erp_callback_url
    app.state.loopback_erp_allowed = settings.loopback_erp_allowed
    return app


async def pending(tx: Transaction, org: OrgId, now: datetime) -> tuple[dict[str, int], datetime | None]:
    """The work of the jobs at `now`, and the next instant at which there will be some."""
    overdue, expiry = await quotes_to_expire(tx, org=org, now=now)
    calls, retry = await calls_to_make(tx, org=org, now=now)
    return {"expire_quotes": overdue, "payouts": calls}, min(filter(None, (expiry, retry)), default=None)
