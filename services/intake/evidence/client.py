"""Where the bytes of evidence lie: a folder or a bucket (`storage_url`), under organisation, case and hash.

An object is written before the row that names it, so a row never points at nothing. What a crash
leaves without a row is found under its hash again when the upload is repeated; the rest may be
deleted once it is older than a day and no row of the case has its hash.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

from shared.kernel.errors import Unavailable
from shared.kernel.ids import CaseId, OrgId
from shared.kernel.text import Text

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

CHUNK_BYTES: Final = 256 * 1024
LONGEST_SECONDS: Final = 30.0
"""How long a request waits for the store; the client library itself waits minutes for a store that does not answer."""

_CLIENT: Final["ClientConfig"] = {
    "allow_http": True,
    "connect_timeout": "3s",
    "read_timeout": "10s",
    "timeout": "1h",  # of a whole answer: a phone on a bad network may take its time over a download
}

_RETRY: Final["RetryConfig"] = {"max_retries": 2, "retry_timeout": timedelta(seconds=10)}


class StorageUnavailable(Unavailable):
    """The files cannot be read or written now. 503."""

    code = "storage_unavailable"
    title = Text(en="File storage unavailable", zh="文件存储暂不可用")


class Objects:
    """The store of one service."""

    def __init__(self, url: str, *, longest_seconds: float = LONGEST_SECONDS) -> None:
        """Open the store behind `url`: `file:///folder`, `s3://bucket/prefix` and what obstore knows besides.

        A bucket's endpoint (https, or http where it says so) and keys come from the environment by their usual names.
        """
        self._store = _opened(url)
        self._longest = longest_seconds

    async def put(self, content: IO[bytes], *, org: OrgId, case_id: CaseId, sha256: str) -> None:
        """Store the content; the same content again changes nothing."""
        content.seek(0)
        try:
            async with asyncio.timeout(self._longest):
                await obstore.put_async(self._store, key(org, case_id, sha256), content)
        except (BaseError, OSError) as error:
            raise StorageUnavailable from error

    async def get(self, *, org: OrgId, case_id: CaseId, sha256: str) -> AsyncIterator[bytes]:
        """The content, piece by piece. Raises StorageUnavailable before the first piece when it is not there."""
        try:
            async with asyncio.timeout(self._longest):
                found = await obstore.get_async(self._store, key(org, case_id, sha256))
        except (BaseError, OSError) as error:
            raise StorageUnavailable from error
        return _pieces(found.stream(min_chunk_size=CHUNK_BYTES))

    async def erase(self, *, org: OrgId, case_id: CaseId, sha256: str) -> None:
        """Delete the content; nothing happens when it is not there."""
        try:
            async with asyncio.timeout(self._longest):
                await obstore.delete_async(self._store, key(org, case_id, sha256))
        except (FileNotFoundError, NotFoundError):
            return
        except (BaseError, OSError) as error:
            raise StorageUnavailable from error


def _opened(url: str) -> ObjectStore:
    parts = urlsplit(url)
    if parts.scheme == "memory":
        return from_url(url)
    if parts.scheme != "file":
        return from_url(url, client_options=_CLIENT, retry_config=_RETRY)
    folder = Path(url2pathname(parts.path))
    folder.mkdir(parents=True, exist_ok=True)
    return LocalStore(folder)


async def _pieces(stream: AsyncIterator[object]) -> AsyncIterator[bytes]:
    async for piece in stream:
        yield bytes(piece)  # type: ignore[call-overload]


def key(org: OrgId, case_id: CaseId, sha256: str) -> str:
    """The object's name."""
    return f"{org}/{case_id}/{sha256}"
