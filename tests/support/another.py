"""A process of a service beside the stack's own, or instead of it."""

import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import cycle
from typing import Protocol

from operate.runtime.http_process import HttpProcess


class Parts(Protocol):
    """What runs, by name: a stack."""

    def part(self, name: str) -> HttpProcess:
        """The handle of a service."""
        ...


@contextmanager
def another(stack: Parts, service: str, **environment: str) -> Iterator[HttpProcess]:
    """The running process; `environment` is set beside what the service has, or instead of it."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    usual, name = stack.part(service).settings, f"{service}-{port}"
    settings = replace(
        usual,
        name=name,
        port=port,
        log=usual.log.with_name(f"{name}.log"),
        env={**usual.env, "REDRESS_HTTP_PORT": str(port), **environment},
    )
    process = HttpProcess(settings)
    process.start()
    try:
        yield process
    finally:
        process.stop()


class InTurn(Mapping[str, str]):
    """Addresses of services that have several processes each: every look gives the next one."""

    def __init__(self, addresses: Mapping[str, Sequence[str]]) -> None:
        self._addresses = {service: cycle(urls) for service, urls in addresses.items()}

    def __getitem__(self, service: str) -> str:
        return next(self._addresses[service])

    def __iter__(self) -> Iterator[str]:
        return iter(self._addresses)

    def __len__(self) -> int:
        return len(self._addresses)
