"""The HTTP side of sla, put together."""

from fastapi import FastAPI

from services.sla.clockpage.routes import router as clockpage
from services.sla.clocks.routes import CLOCKS
from services.sla.clocks.routes import router as clocks
from services.sla.clocks.store.alarms import pending
from services.sla.consumers import HANDLERS
from services.sla.excuses.routes import router as excuses
from services.sla.extensions.routes import router as extensions
from services.sla.indicators.routes import router as indicators
from services.sla.metrics import METRICS
from services.sla.my.routes import router as my
from services.sla.settings import SlaSettings
from shared.platform.db.engine import Database
from shared.platform.exports.routes import export_router
from shared.platform.http import app as http
from shared.platform.worker import Progress


def create_app(settings: SlaSettings, db: Database, progress: Progress) -> FastAPI:
    """Routes, and what quiescence counts."""
    return http.create_app(
        service="sla",
        settings=settings,
        db=db,
        routers=[clocks, clockpage, extensions, excuses, indicators, my, export_router(CLOCKS)],
        progress=progress,
        pending=pending,
        subscribes=HANDLERS,
        metrics=METRICS,
    )
