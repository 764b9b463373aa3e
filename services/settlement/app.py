"""The HTTP side of settlement, put together."""

from fastapi import FastAPI

from services.settlement.api.routes import router
from services.settlement.api.titles import TITLES
from services.settlement.consumers import HANDLERS
from services.settlement.db.queries import pending
from services.settlement.settings import SettlementSettings
from shared.platform.db.engine import Database
from shared.platform.http import app as http
from shared.platform.worker import Progress


def create_app(settings: SettlementSettings, db: Database, progress: Progress) -> FastAPI:
    """Routes, what quiescence counts, and the titles of refusals."""
    return http.create_app(
        service="settlement",
        settings=settings,
        db=db,
        routers=[router],
        progress=progress,
        pending=pending,
        subscribes=HANDLERS,
        titles=TITLES,
    )
