"""A service process for test_serve: one route that notes slowly, and a worker that reports its end."""

import asyncio
import sys
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI
from pydantic import BaseModel
from sqlalchemy import MetaData, text
from starlette.requests import Request
from starlette.responses import Response

from shared.platform.db.engine import Database
from shared.platform.db.tables import NAMING, kernel_tables
from shared.platform.db.transaction import Transaction, transaction
from shared.platform.http.app import create_app as make_app
from shared.platform.http.edge import Caller, Db, StrictModel, needs, run_once, strict_body
from shared.platform.progress import Progress
from shared.platform.serving import Service, serve
from shared.platform.settings import BaseServiceSettings

KERNEL = kernel_tables(MetaData(schema="toy", naming_convention=NAMING))
ROUTER = APIRouter()


class NoteBody(StrictModel):
    text: str


class ToySettings(BaseServiceSettings):
    worker_hangs: bool = False
    worker_fails: bool = False
    code_is_newer: bool = False
    """The code has a revision after the one of the tests' schema; the worker then also notes that it begins."""


@ROUTER.post("/v1/notes", status_code=201)
async def make_note(
    request: Request,
    body: Annotated[NoteBody, strict_body(NoteBody)],
    caller: Annotated[Caller, Depends(needs("notes:write"))],
    db: Db,
) -> Response:
    """Make a note, slowly."""

    async def work(tx: Transaction, _now: datetime) -> tuple[int, BaseModel]:
        await asyncio.sleep(0.3)
        row = {"org": caller.org, "text": body.text}
        await tx.execute(text("INSERT INTO note (org_id, text) VALUES (:org, :text)"), row)
        return 201, body

    return await run_once(request, db, caller, work)


def create_app(settings: ToySettings, db: Database, progress: Progress) -> FastAPI:
    app = make_app(service="toy", settings=settings, db=db, routers=[ROUTER], progress=progress)
    app.state.schema_head.reached = not settings.code_is_newer
    app.state.schema_head.__dict__["_behind"] = frozenset({"0001_kernel"})
    return app


async def run(settings: ToySettings, db: Database, stop: asyncio.Event, progress: Progress) -> None:
    if settings.worker_fails:
        raise RuntimeError("worker gave up")
    progress.beat("toy")
    if settings.code_is_newer:
        await _note(db, "first words")
    await stop.wait()
    if settings.worker_hangs:
        await asyncio.Event().wait()
    await _note(db, "last words")
    sys.stdout.flush()


async def _note(db: Database, words: str) -> None:
    async with transaction(db) as tx:
        await tx.execute(text("INSERT INTO note (org_id, text) VALUES ('worker', :words)"), {"words": words})


if __name__ == "__main__":
    serve(Service(name="toy", settings=ToySettings, kernel=KERNEL, create_app=create_app, run=run))
