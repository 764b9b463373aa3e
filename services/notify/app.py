"""HTTP composition root of notify."""

from functools import partial

from fastapi import FastAPI

from services.notify.consumers import HANDLERS
from services.notify.delivery.rules.retry import DELAYS
from services.notify.delivery.store import pending
from services.notify.inbox import routes as inbox
from services.notify.messages import routes as messages
from services.notify.metrics import METRICS
from services.notify.my import routes as my
from services.notify.settings import NotifySettings
from services.notify.webhooks import routes as webhooks
from services.notify.webhooks.views.published import describe_webhooks
from shared.platform.auth.verifier import Verifier
from shared.platform.db.engine import Database
from shared.platform.http import app
from shared.platform.sealing import sealer_of
from shared.platform.worker import Progress


def create_app(
    settings: NotifySettings, db: Database, progress: Progress, *, verifier: Verifier | None = None
) -> FastAPI:
    """The application."""
    made = app.create_app(
        service="notify",
        settings=settings,
        db=db,
        routers=(messages.router, inbox.router, webhooks.router, my.router),
        progress=progress,
        verifier=verifier,
        pending=pending,
        subscribes=HANDLERS,
        metrics=METRICS,
    )
    made.state.sealer = sealer_of(settings.sealing_keys)
    made.state.completes_document = partial(describe_webhooks, delays=DELAYS)
    made.state.loopback_webhooks_allowed = settings.loopback_webhooks_allowed
    return made
