"""`POST /v1/outbox/replay`: the operator's way to have events of an organisation delivered again.

The same mechanism and the same audit as `redress outbox replay`; consumers that have handled an event skip it.
"""

from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from shared.platform.db.transaction import Transaction
from shared.platform.http.edge import Caller, Db, StrictModel, needs, run_once, strict_body
from shared.platform.http.strict import Instant, ShortText
from shared.platform.inbox.dead_letter import audit
from shared.platform.outbox.replay import Filter, replay_within

ROUTER: Final = APIRouter(tags=["operations"])


class ReplayBody(StrictModel):
    """Which of the organisation's events; what is left out does not restrict."""

    key: ShortText | None = Field(default=None, description="Key of the events: the case id.")
    type: ShortText | None = Field(default=None, description="Type, `case.registered.v1`.")
    topic: ShortText | None = None
    since: Instant | None = Field(default=None, description="Published at or after this instant.")
    until: Instant | None = Field(default=None, description="Published before this instant.")


class Replayed(BaseModel):
    """How many events are published again."""

    events: int


@ROUTER.post("/v1/outbox/replay", operation_id="replayEvents", status_code=202, response_model=Replayed)
async def replay_outbox(
    request: Request,
    body: Annotated[ReplayBody, strict_body(ReplayBody)],
    caller: Annotated[Caller, Depends(needs("admin"))],
    db: Db,
) -> Response:
    """Publish events of the caller's organisation again. Each keeps its own id; consumers skip what they handled."""

    async def work(tx: Transaction, _now: datetime) -> tuple[int, BaseModel]:
        details: dict[str, object] = body.model_dump(mode="json", exclude_none=True)
        await audit(tx, operator=caller.actor.signature, action="outbox.replay", org=caller.org, details=details)
        chosen = Filter(org=caller.org, **body.model_dump())
        return 202, Replayed(events=await replay_within(tx, chosen))

    return await run_once(request, db, caller, work)
