"""The HTTP side of sla, put together."""

from fastapi import FastAPI

from services.sla.api.indicator_routes import router as indicators
from services.sla.api.routes import router
from services.sla.api.titles import TITLES
from services.sla.consumers import HANDLERS
from services.sla.db.queries import pending
from services.sla.settings import SlaSettings
from shared.platform.db.engine import Database
from shared.platform.http import app as http
from shared.platform.worker import Progress


def create_app(settings: SlaSettings, db: Database, progress: Progress) -> FastAPI:
    """Routes, what quiescence counts, and the titles of refusals."""
    return http.create_app(
        service="sla",
        settings=settings,
        db=db,
        routers=[router, indicators],
        progress=progress,
        pending=pending,
        subscribes=HANDLERS,
        titles=TITLES,
    )
