"""Keys from an issuer's server: a JWKS address, or the one that its OpenID configuration names.

Keys are taken as they are for `FRESH_SECONDS`, then fetched again beside the requests, and from twice that on before
the next request; so a key that was removed is refused after at most twice `FRESH_SECONDS` while the server answers.
A token with an unknown key id has them fetched at once, but never sooner than `AGAIN_SECONDS` after the last attempt:
a flood of invented ids becomes one fetch in that time. While the server is down the last keys hold for
`STALE_SECONDS`. Requests that wait share one fetch; it is bounded in time and size and follows no redirect.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any, Final

import httpx2
import orjson

from shared.kernel.errors import Unavailable
from shared.kernel.text import Text
from shared.platform.auth.keys import Keys, NoUsableKey, key_of, parse_keys
from shared.platform.observability.logging import logger

FRESH_SECONDS: Final = 300.0
AGAIN_SECONDS: Final = 10.0
STALE_SECONDS: Final = 6 * 3600.0
FETCH_SECONDS: Final = 5.0
LARGEST_ANSWER: Final = 256 * 1024
WELL_KNOWN: Final = "/.well-known/openid-configuration"


class KeysUnavailable(Unavailable):
    """The issuer's keys cannot be had, so no token of it can be judged. 503."""

    code = "keys_unavailable"
    title = Text(en="The issuer's keys cannot be fetched", zh="暂时无法获取令牌签发方的密钥")


class KeyServer:
    """The keys behind `jwks_url`, or behind the OpenID configuration of the issuer `discovered_of`."""

    def __init__(
        self,
        *,
        algorithms: Sequence[str],
        jwks_url: str | None = None,
        discovered_of: str | None = None,
        http_allowed: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._algorithms = algorithms
        self._jwks_url = jwks_url
        self._issuer = discovered_of
        self._http_allowed = http_allowed
        self._monotonic = monotonic
        self._keys: Keys = {}
        self._digest = b""
        self._fetched_at = self._attempted_at = float("-inf")
        self._fetching: asyncio.Task[None] | None = None

    async def keys(self, kid: str | None) -> Keys:
        """The keys; the same object until the server shows others. Raises KeysUnavailable."""
        age = self._monotonic() - self._fetched_at
        if age >= FRESH_SECONDS or key_of(self._keys, kid) is None:
            fetching = self._fetch_soon()
            is_needed = age >= 2 * FRESH_SECONDS or key_of(self._keys, kid) is None
            if fetching is not None and is_needed:
                await asyncio.shield(fetching)
            if self._monotonic() - self._fetched_at >= STALE_SECONDS:
                raise KeysUnavailable
        return self._keys

    def _fetch_soon(self) -> asyncio.Task[None] | None:
        """The fetch under way, or a new one when the last attempt is long enough ago."""
        if self._fetching is None or self._fetching.done():
            now = self._monotonic()
            if now - self._attempted_at < AGAIN_SECONDS:
                return None
            self._attempted_at = now
            self._fetching = asyncio.create_task(self._fetch())
        return self._fetching

    async def _fetch(self) -> None:
        try:
            async with (
                asyncio.timeout(FETCH_SECONDS),
                httpx2.AsyncClient(trust_env=False, follow_redirects=False, timeout=FETCH_SECONDS) as client,
            ):
                content = await _read(client, self._jwks_url or await self._discover(client))
        except (OSError, ValueError, httpx2.HTTPError) as error:
            logger().error("auth.keys_not_fetched", error_type=type(error).__name__)
            return
        self._take(content)

    def _take(self, content: bytes) -> None:
        digest = sha256(content).digest()
        if digest != self._digest:
            try:
                self._keys = parse_keys(content, algorithms=self._algorithms)
            except NoUsableKey as error:
                logger().error("auth.keys_unusable", error_type=type(error).__name__)
                return
            self._digest = digest
            logger().info("auth.keys_changed", count=len(self._keys))
        self._fetched_at = self._monotonic()

    async def _discover(self, client: httpx2.AsyncClient) -> str:
        """The `jwks_uri` of the issuer's configuration, which must name the same issuer (OpenID Discovery 1.0 §4.3)."""
        issuer = str(self._issuer)
        described: Any = orjson.loads(await _read(client, issuer.removesuffix("/") + WELL_KNOWN))
        url = described.get("jwks_uri") if isinstance(described, dict) and described.get("issuer") == issuer else None
        if not isinstance(url, str) or not url.startswith(
            ("https://", "http://") if self._http_allowed else "https://"
        ):
            raise NoUsableKey("the OpenID configuration names another issuer or no key set")
        return url


async def _read(client: httpx2.AsyncClient, url: str) -> bytes:
    """The body of a 200. Raises ValueError for another answer or a longer one."""
    async with client.stream("GET", url, headers={"Accept": "application/json"}) as response:
        if response.status_code != httpx2.codes.OK:
            raise ValueError(f"answered {response.status_code}")
        content = bytearray()
        async for piece in response.aiter_bytes():
            content += piece
            if len(content) > LARGEST_ANSWER:
                raise ValueError("too long")
    return bytes(content)
