"""An export on its way: pieces that are read in a statement each, between which it holds neither place nor connection.

A process makes few exports at once, shared out over organisations. An export that takes too long, or for which the
database stays away, is broken off within its chunked body; the reader goes on from the last line's cursor.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from shared.kernel.ids import OrgId, is_id
from shared.platform.db.engine import Database
from shared.platform.db.transaction import Transaction, reading
from shared.platform.exports.lines import BOM, Row, csv_lines, ndjson
from shared.platform.http.admission import Admission, Ask, Overloaded, Place
from shared.platform.http.paging import Key, PageTokenInvalid, encode

PIECE: Final = 500
AT_ONCE: Final = 8
AT_ONCE_OF_ORGANISATION: Final = 2
LONGEST_SECONDS: Final = 900
_TRIES: Final = 5

Page = Callable[[Transaction, OrgId, Key | None, int], Awaitable[list[tuple[Key, Row]]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What can be exported: its name, the scope to read it, its columns, and its rows beyond a key, with their keys.

    `read_key` raises PageTokenInvalid for a key that is none of this export: before the answer begins, for
    a body that has begun can only be broken off.
    """

    name: str
    scope: str
    columns: tuple[str, ...]
    key_width: int
    read_key: Callable[[Key], object]
    page: Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request for an export; `page` reads what was asked for of it."""

    export: Export
    org: OrgId
    page: Page
    after: Key | None
    is_csv: bool
    place: Place | None


def id_of(key: Key) -> str:
    """The id in the cursor of an export that is ordered by one. Raises PageTokenInvalid."""
    (thing,) = key
    if not is_id(thing):
        raise PageTokenInvalid
    return thing


def exports_at_once() -> Admission:
    """The places of a process for exports."""
    return Admission(
        limit=AT_ONCE, max_waiting=0, wait_seconds=0, most_of_a_share=AT_ONCE_OF_ORGANISATION, of_http=False
    )


class ExportResponse(StreamingResponse):
    """The export as a body of at most `longest` seconds; whatever becomes of it, its place is given back."""

    def __init__(self, db: Database, asked: Asked, *, places: Admission, longest: float = LONGEST_SECONDS) -> None:
        kind = "text/csv; charset=utf-8" if asked.is_csv else "application/x-ndjson"
        name = f"{asked.export.name}.{'csv' if asked.is_csv else 'ndjson'}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        super().__init__(pieces(db, asked), media_type=kind, headers=headers)
        self._asked, self._places, self._longest = asked, places, longest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it. Raises TimeoutError when it takes too long; the server then ends the connection."""
        if self._asked.place is not None:
            self._asked.place.leave()
        try:
            async with asyncio.timeout(self._longest):
                await super().__call__(scope, receive, send)
        finally:
            self._places.leave(Ask(self._asked.org))


async def pieces(db: Database, asked: Asked) -> AsyncIterator[bytes]:
    """The body, piece by piece; each line ends with the cursor from which the next one follows."""
    export, is_first = asked.export, asked.after is None
    columns = (*export.columns, "cursor")
    if asked.is_csv and is_first:
        yield BOM

    async def page(tx: Transaction, after: Key | None, limit: int) -> list[tuple[Key, Row]]:
        return await asked.page(tx, asked.org, after, limit)

    async for found in read_in_pieces(db, page, after=asked.after, place=asked.place):
        rows = [{**row, "cursor": encode(key)} for key, row in found]
        yield csv_lines(rows, columns=columns, head=is_first) if asked.is_csv else ndjson(rows)
        is_first = False


async def read_in_pieces(
    db: Database,
    page: Callable[[Transaction, Key | None, int], Awaitable[list[tuple[Key, Row]]]],
    *,
    after: Key | None = None,
    place: Place | None = None,
) -> AsyncIterator[list[tuple[Key, Row]]]:
    """The rows beyond `after`, PIECE at a time, each piece in a transaction of its own; the last one is shorter."""
    while True:
        async with _with_place(place), reading(db) as tx:
            found = await page(tx, after, PIECE)
        yield found
        if len(found) < PIECE:
            return
        after = found[-1][0]


@asynccontextmanager
async def _with_place(place: Place | None) -> AsyncIterator[None]:
    if place is None:
        yield
        return
    for attempt in range(_TRIES):
        try:
            await place.take()
            break
        except Overloaded:
            if attempt == _TRIES - 1:
                raise
    try:
        yield
    finally:
        place.leave()
