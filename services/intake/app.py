"""The HTTP side of intake, put together."""

from datetime import datetime

from fastapi import FastAPI

from services.intake.balances import routes as balances
from services.intake.casepage import routes as casepage
from services.intake.cases import routes as cases
from services.intake.consumers import HANDLERS
from services.intake.contacts import routes as contacts
from services.intake.corrections import routes as corrections
from services.intake.customer_links import routes as customer_links
from services.intake.dossier import routes as dossier
from services.intake.evidence import routes as evidence
from services.intake.evidence.client import Objects
from services.intake.looks.store import count_unfilled
from services.intake.metrics import METRICS
from services.intake.my import routes as my
from services.intake.notes import routes as notes
from services.intake.recurring import routes as recurring
from services.intake.recurring.store import pending as recurring_pending
from services.intake.registry.routes import organisations, policies
from services.intake.retention import routes as retention
from services.intake.retention.store import count_files_left
from services.intake.samples import routes as samples
from services.intake.samples.store.draws import count_waiting
from services.intake.settings import IntakeSettings
from services.intake.standing import routes as standing
from services.intake.statistics import routes as statistics
from services.intake.tasks import routes as tasks
from services.intake.tasks.use_cases.refresh_tasks import refresh_published
from services.intake.terms.store import pending as terms_pending
from services.intake.workflow import routes as workflow
from shared.kernel.ids import OrgId
from shared.platform.auth.link_tokens import link_keys_of
from shared.platform.db.engine import Database
from shared.platform.db.transaction import Transaction
from shared.platform.exports.routes import export_router
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
            notes.router,
            corrections.router,
            customer_links.router,
            tasks.router,
            statistics.router,
            standing.router,
            balances.router,
            workflow.router,
            my.router,
            casepage.router,
            dossier.router,
            evidence.router,
            retention.router,
            recurring.router,
            samples.router,
            export_router(cases.CASES),
        ),
        progress=progress,
        pending=pending,
        subscribes=HANDLERS,
        metrics=METRICS,
    )
    db.before_commit = refresh_published
    app.state.link_keys = link_keys_of(settings.link_keys)
    app.state.objects = Objects(settings.storage_url)
    app.state.simulated_clocks_allowed = settings.simulated_clocks_allowed
    return app


async def pending(tx: Transaction, org: OrgId, now: datetime) -> tuple[dict[str, int], datetime | None]:
    """What quiescence counts at `now`, and when the calendar brings something next or a file is due.

    Cases to open and samples to draw, drawn cases to give, files to erase, keys to index by.
    """
    due, next_case = await recurring_pending(tx, org, now=now)
    terms, next_file = await terms_pending(tx, org, now=now)
    left = {"erase_files": await count_files_left(tx, org), "fill_look_keys": await count_unfilled(tx, org)}
    next_at = min(filter(None, (next_case, next_file)), default=None)
    return {"recurring": due, "give_drawn": await count_waiting(tx, org), **left, **terms}, next_at
