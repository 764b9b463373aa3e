"""Where the bytes of evidence lie: a folder or a bucket (`storage_url`), under organisation, case and hash.

An object is written before the row that names it, so a row never points at nothing. What a crash
leaves without a row is found under its hash again when the upload is repeated; the rest may be
deleted once it is older than a day and no row of the case has its hash.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO, Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from shared.errors import Unavailable
from shared.ids import CaseId, OrgId

CHUNK_BYTES: Final = 256 * 1024


class StorageUnavailable(Unavailable):
    """The files cannot be read or written now. 503."""

    code = "storage_unavailable"


class Objects:
    """The store of one service."""

    def __init__(self, url: str) -> None:
        """Open the store behind `url`: `file:///folder`, `s3://bucket/prefix` and what obstore knows besides."""
        self._store = _opened(url)

    async def put(self, content: IO[bytes], *, org: OrgId, case_id: CaseId, sha256: str) -> None:
        """Store the content; the same content again changes nothing."""
        content.seek(0)
        try:
            await obstore.put_async(self._store, key(org, case_id, sha256), content)
        except (BaseError, OSError) as error:
            raise StorageUnavailable from error

    async def get(self, *, org: OrgId, case_id: CaseId, sha256: str) -> AsyncIterator[bytes]:
        """The content, piece by piece. Raises StorageUnavailable before the first piece when it is not there."""
        try:
            found = await obstore.get_async(self._store, key(org, case_id, sha256))
        except (BaseError, OSError) as error:
            raise StorageUnavailable from error
        return _pieces(found.stream(min_chunk_size=CHUNK_BYTES))


def _opened(url: str) -> ObjectStore:
    parts = urlsplit(url)
    if parts.scheme != "file":
        return from_url(url)
    folder = Path(url2pathname(parts.path))
    folder.mkdir(parents=True, exist_ok=True)
    return LocalStore(folder)


async def _pieces(stream: AsyncIterator[object]) -> AsyncIterator[bytes]:
    async for piece in stream:
        yield bytes(piece)  # type: ignore[call-overload]


def key(org: OrgId, case_id: CaseId, sha256: str) -> str:
    """The object's name."""
    return f"{org}/{case_id}/{sha256}"
