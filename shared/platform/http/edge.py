"""The parts of a route: caller, body, database, and idempotent work.

    @router.post("/v1/cases", status_code=201, response_model=RegisteredCase)
    async def register(
        request: Request,
        body: Annotated[RegisterCaseBody, strict_body(RegisterCaseBody)],
        caller: Annotated[Caller, Depends(needs("cases:write"))],
        db: Db,
    ) -> Response:
        async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]: ...
        return await run_once(request, db, caller, work)

Dependencies must be `async def`: FastAPI sends the others through a thread pool.
"""

from typing import Annotated, Final

from fastapi import Depends, Path
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from shared.platform.auth.caller import Caller as Caller
from shared.platform.auth.needs import needs as needs
from shared.platform.auth.needs import needs_customer as needs_customer
from shared.platform.db.engine import Database
from shared.platform.http.idempotency import Work as Work
from shared.platform.http.idempotency import run_once as run_once
from shared.platform.http.strict import StrictModel as StrictModel
from shared.platform.http.strict import read_json as read_json
from shared.platform.http.strict import strict_body as strict_body

UUID_PATTERN: Final = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"

PathId = Annotated[str, Path(pattern=UUID_PATTERN)]
"""An id in a path (`case_id: PathId`); anything but a UUID is 404, as an absent one is."""


async def database(request: Request) -> Database:
    """The service's database."""
    db: Database = request.app.state.db
    return db


Db = Annotated[Database, Depends(database)]


def answer(model: BaseModel, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """`model` as JSON, serialised once; FastAPI validates nothing again."""
    return Response(to_json(model), status, headers, "application/json")


def to_json(model: BaseModel) -> bytes:
    """The JSON text of `model`."""
    serialised: bytes = model.__pydantic_serializer__.to_json(model)
    return serialised
