"""A request waits until this service has handled the events that it relies on, or is told that it has not.

The events are those of the position that the request carries (`Redress-Position`), or the registration of a case
that is not known here and, by its id, was registered a moment ago. The first look is one statement, and none for
events that were found handled before, because they stay handled. A request that has to wait gives back its place
among the admitted ones and holds no connection.
"""

import time
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, Final

from cachetools import LRUCache
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from shared.contracts import topics
from shared.kernel.errors import NotFound
from shared.kernel.ids import made_at
from shared.platform.db.engine import Database
from shared.platform.db.transaction import Transaction, reading
from shared.platform.http.admission import PLACE, Place
from shared.platform.http.problems import NotCaughtUp
from shared.platform.http.waiting import Patience, Waiting
from shared.platform.inbox.handled import Wanted, missing
from shared.platform.observability import metrics
from shared.platform.observability.context import current
from shared.platform.position import HEADER, Entry, Position, extended, from_text, to_text

YOUNG_SECONDS: Final = 60.0
REMEMBERED: Final = 16_384
"""Events that are remembered as handled."""
_SENT: Final = "redress.position"


class CatchingUp:
    """What a service waits for before it serves a request."""

    def __init__(
        self, db: Database, *, service: str, subscribes: Collection[str], patience: Patience | None = None
    ) -> None:
        self._db = db
        self._waiting = Waiting(db, patience or Patience())
        self._consumers = {
            topic: topics.consumer_of(service, topic)
            for topic in subscribes
            if topic not in topics.PUBLISHED_BY.get(service, ())
        }
        self._handled: LRUCache[Wanted, bool] = LRUCache(REMEMBERED)

    async def require(self, request: Request, entries: Sequence[Entry]) -> None:
        """Return when this service has handled those of the caller's events that it consumes. Raises NotCaughtUp.

        Entries of other organisations and of topics that it does not consume, its own among them, are passed over.
        """
        org = current().org
        consumers = self._consumers
        asked = [(consumers[entry.topic], entry) for entry in entries if entry.topic in consumers and entry.org == org]
        wanted = [one for one in asked if one not in self._handled]
        if org is None or not wanted:
            return
        async with reading(self._db) as tx:
            behind = await missing(tx, wanted)
        self._handled.update((one, True) for number, one in enumerate(wanted) if number not in behind)
        if not behind:
            return
        started = time.perf_counter()
        async with _without_place(request):
            handled = await self._waiting.for_all(wanted, org=org)
            metrics.HTTP_CATCH_UP.labels(result="handled" if handled else "refused").observe(
                time.perf_counter() - started
            )
            if not handled:
                raise NotCaughtUp(fields={"topics": sorted({wanted[number][1].topic for number in behind})})


async def catch_up(request: Request) -> None:
    """The dependency of every route with a token: wait for the position that the request carries."""
    sent = request.headers.getlist(HEADER)
    if sent:
        position = request.scope[_SENT] = from_text(sent)
        await request.app.state.catching_up.require(request, position)


def position_after(request: Request, tx: Transaction) -> str:
    """The position that answers a write: that of the request, and what the transaction published."""
    sent: Position = request.scope.get(_SENT, ())
    return to_text(extended(sent, tx.published.values()))


class CaseRoute(APIRoute):
    """A route of one case in a service that hears of cases: it does not answer 404 before it can know the case.

    `APIRouter(route_class=CaseRoute)`; the path has `{case_id}`. Absent cases and those of other organisations are
    answered alike.
    """

    def get_route_handler(self) -> Callable[[Request], Any]:
        """The handler; repeated once the case is here."""
        handle = super().get_route_handler()

        async def patient(request: Request) -> Response:
            try:
                response: Response = await handle(request)
            except NotFound:
                if not _is_young(request.path_params.get("case_id", "")):
                    raise
            else:
                return response
            await request.app.state.catching_up.require(request, [_registration(request)])
            return await handle(request)

        return patient


def _registration(request: Request) -> Entry:
    case_id = request.path_params["case_id"]
    return Entry(current().org or "", topics.INTAKE, case_id, "case", case_id, 1)


def _is_young(thing: str) -> bool:
    """Whether the id was made less than a minute ago, by a clock that may differ from this one as much."""
    made = made_at(thing)
    return made is not None and abs(time.time() - made.timestamp()) < YOUNG_SECONDS


def _without_place(request: Request) -> AbstractAsyncContextManager[None]:
    place: Place | None = request.scope.get(PLACE)
    return nullcontext() if place is None else place.given_up()
