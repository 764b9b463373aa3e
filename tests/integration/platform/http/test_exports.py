"""An export: pieces in statements of their own, from any line on, few at once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from starlette.types import Message

from shared.kernel.ids import OrgId
from shared.platform.db.engine import Database
from shared.platform.db.transaction import Transaction
from shared.platform.exports.lines import Row
from shared.platform.exports.routes import export_router
from shared.platform.exports.stream import (
    AT_ONCE_OF_ORGANISATION,
    PIECE,
    Asked,
    Export,
    ExportResponse,
    exports_at_once,
)
from shared.platform.http.admission import Ask
from shared.platform.http.app import create_app
from shared.platform.http.paging import Key, PageTokenInvalid, encode
from shared.platform.progress import Progress
from shared.platform.settings import BaseServiceSettings
from tests.support.callers import TrustingVerifier, bearer
from tests.support.probe import ORG, db, probe_url
from tests.support.settings import OF_A_TEST

__all__ = ["db", "probe_url"]
OTHER = "01890a5d-ac96-774b-bcce-b302099a8058"
SCOPE = {"type": "http", "asgi": {"spec_version": "2.4"}}
_ROWS = "SELECT n FROM generate_series($1::int + 1, $2::int) AS n LIMIT $3"


@dataclass
class Numbers:
    """Rows 1 to `count`; a page waits until it is let go."""

    count: int = 2 * PIECE + 3
    pages: list[str | None] = field(default_factory=list)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    async def page(self, tx: Transaction, _org: OrgId, after: Key | None, limit: int) -> list[tuple[Key, Row]]:
        self.pages.append(after[0] if after else None)
        await self.let_go.wait()
        found = await tx.rows(_ROWS, (int(after[0]) if after else 0, self.count, limit))
        return [((str(n),), {"n": n}) for (n,) in found]


def number_of(key: Key) -> int:
    """The number in a cursor."""
    if not key[0].isdecimal():
        raise PageTokenInvalid
    return int(key[0])


@pytest.fixture
def numbers() -> Numbers:
    return Numbers()


def exported(numbers: Numbers) -> Export:
    return Export(
        name="numbers", scope="numbers:read", columns=("n",), key_width=1, read_key=number_of, page=numbers.page
    )


@pytest.fixture
async def client(db: Database, probe_url: str, numbers: Numbers) -> AsyncIterator[httpx2.AsyncClient]:
    app = create_app(
        service="probe",
        settings=BaseServiceSettings(database_url=probe_url, **OF_A_TEST),
        db=db,
        routers=[export_router(exported(numbers))],
        progress=Progress(),
        verifier=TrustingVerifier(),
    )
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://probe", timeout=60) as found:
        yield found


async def export(client: httpx2.AsyncClient, *, org: str = ORG, **params: Any) -> httpx2.Response:
    return await client.get("/v1/exports/numbers", headers=bearer(org, scope="numbers:read"), params=params)


async def test_all_rows_come_in_pieces_and_from_any_line_on(client: httpx2.AsyncClient, numbers: Numbers) -> None:
    numbers.let_go.set()
    whole = await export(client, format="csv")
    lines = whole.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "n,cursor"
    assert [line.split(",")[0] for line in lines[1:]] == [str(n) for n in range(1, numbers.count + 1)]
    assert numbers.pages == [None, str(PIECE), str(2 * PIECE)]

    cursor = lines[PIECE + 7].split(",")[1]
    rest = await export(client, format="csv", after=cursor)
    assert rest.content.decode().splitlines() == lines[PIECE + 8 :]
    for cursor in ("nonsense", encode(("seven",)), encode(("7", "7"))):
        refused = await export(client, after=cursor)
        assert (refused.status_code, refused.json()["code"]) == (400, "page_token_invalid")
    assert (await export(client, format="xml")).status_code == 422


async def test_an_organisation_makes_few_exports_at_once_and_leaves_room_for_others(
    client: httpx2.AsyncClient, numbers: Numbers
) -> None:
    under_way = [asyncio.create_task(export(client)) for _ in range(AT_ONCE_OF_ORGANISATION)]
    async with asyncio.timeout(20):
        while len(numbers.pages) < AT_ONCE_OF_ORGANISATION:
            await asyncio.sleep(0)
    refused = await export(client)
    assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
    other = asyncio.create_task(export(client, org=OTHER))
    numbers.let_go.set()
    assert {(await task).status_code for task in [*under_way, other]} == {200}
    assert (await export(client)).status_code == 200


async def test_an_export_that_takes_too_long_is_broken_off_and_leaves_its_place(db: Database, numbers: Numbers) -> None:
    places, org = exports_at_once(), OrgId(ORG)
    await places.enter(Ask(org))
    asked = Asked(export=exported(numbers), org=org, page=numbers.page, after=None, is_csv=False, place=None)
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return await asyncio.Future()

    with pytest.raises(TimeoutError):
        await ExportResponse(db, asked, places=places, longest=0.05)(SCOPE, receive, send)
    assert not any(message.get("more_body") is False for message in sent)
    for _ in range(AT_ONCE_OF_ORGANISATION):
        await places.enter(Ask(org))
