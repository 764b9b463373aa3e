"""The HTTP side of intake, put together."""

from fastapi import FastAPI

from services.intake.api import cases, contacts, evidence, organisations, policies, recurring, retention
from services.intake.api.registry_titles import REGISTRY_TITLES
from services.intake.api.titles import TITLES
from services.intake.clients.objects import Objects
from services.intake.consumers import HANDLERS
from services.intake.db.recurring import pending
from services.intake.settings import IntakeSettings
from shared.platform.db.engine import Database
from shared.platform.http.app import create_app as create_service_app
from shared.platform.worker import Progress


def create_app(settings: IntakeSettings, db: Database, progress: Progress) -> FastAPI:
    """The application."""
    app = create_service_app(
        service="intake",
        settings=settings,
        db=db,
        routers=(
            organisations.router,
            policies.router,
            contacts.router,
            cases.router,
            evidence.router,
            retention.router,
            recurring.router,
        ),
        progress=progress,
        pending=pending,
        subscribes=HANDLERS,
        titles={**REGISTRY_TITLES, **TITLES},
    )
    app.state.objects = Objects(settings.storage_url)
    app.state.simulated_clocks_allowed = settings.simulated_clocks_allowed
    return app
