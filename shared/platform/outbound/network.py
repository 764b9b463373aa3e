"""Connections to judged addresses only: the name is resolved once, every address is judged, and the connection goes to
an address that was judged (host name kept for TLS and the Host header).
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import httpcore2

from shared.platform.outbound.addresses import is_reachable

Resolve = Callable[[str, int], Awaitable[list[str]]]


class AddressRefused(Exception):
    """The name leads to an address that may not be reached; no connection was made."""


async def resolve(host: str, port: int) -> list[str]:
    """All addresses of `host`, in the order to be tried."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class JudgedNetwork(httpcore2.AsyncNetworkBackend):
    """Connects by TCP to judged addresses only."""

    def __init__(self, *, allow_loopback: bool, resolve: Resolve = resolve) -> None:
        self._allow_loopback = allow_loopback
        self._resolve = resolve
        self._inner = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (the interface of the library)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """A stream to the first address that answers. Raises AddressRefused when one of them may not be reached."""
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:  # UnicodeError: a label that IDNA refuses
            raise httpcore2.ConnectError(f"{host} has no address") from error
        if not addresses or not all(is_reachable(each, allow_loopback=self._allow_loopback) for each in addresses):
            raise AddressRefused(host)
        for address in addresses[:-1]:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await self._inner.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        """Wait between connection attempts."""
        await asyncio.sleep(seconds)
