"""A process of a service beside the stack's own, or instead of it."""

import socket
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import cycle
from typing import Final, Protocol

from operate.runtime.http_process import HttpProcess
from operate.runtime.stack import Stack


class Parts(Protocol):
    """What runs, by name: a stack."""

    def part(self, name: str) -> HttpProcess:
        """The handle of a service."""
        ...


READY_SECONDS: Final = 180.0
"""Many processes start at the same time and share two processors."""


@contextmanager
def another(stack: Parts, service: str, **environment: str) -> Iterator[HttpProcess]:
    """The running process; `environment` is set beside what the service has, or instead of it."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    process = described(stack, service, port, environment)
    process.start()
    try:
        yield process
    finally:
        process.stop()


Settings = dict[tuple[str, str], list[dict[str, str]]]
Processes = Mapping[tuple[str, str], Sequence[HttpProcess]]


@contextmanager
def in_parts(stack: Stack, settings: Settings) -> Iterator[Processes]:
    """Processes by service and role instead of the stack's own, one for each environment, all started together.

    The first `api` process of a service has the address of the stack's own, which outside systems know.
    """
    services = sorted({service for service, _ in settings})
    for service in services:
        stack.part(service).stop()
    processes = _many(stack, settings)
    every = [process for group in processes.values() for process in group]
    try:
        for process in every:
            process.launch()
        for process in every:
            process.wait_ready()
        yield processes
    finally:
        with ThreadPoolExecutor(len(every)) as pool:
            list(pool.map(HttpProcess.stop, every))
        for service in services:
            stack.part(service).start()


def _many(stack: Stack, settings: Settings) -> Processes:
    with ExitStack() as held:
        probes = [
            held.enter_context(socket.create_server(("127.0.0.1", 0))) for group in settings.values() for _ in group
        ]
        ports = iter([int(probe.getsockname()[1]) for probe in probes])

    def numbered(service: str, role: str, number: int, environment: Mapping[str, str]) -> HttpProcess:
        free = next(ports)
        port = stack.part(service).settings.port if (role, number) == ("api", 0) else free
        return described(stack, service, port, {"REDRESS_ROLE": role, **environment})

    return {
        (service, role): [numbered(service, role, number, each) for number, each in enumerate(environments)]
        for (service, role), environments in settings.items()
    }


def described(stack: Parts, service: str, port: int, environment: Mapping[str, str]) -> HttpProcess:
    """A process of a service at another port, with `environment` beside what the service has, or instead of it."""
    usual, name = stack.part(service).settings, f"{service}-{port}"
    settings = replace(
        usual,
        name=name,
        port=port,
        log=usual.log.with_name(f"{name}.log"),
        env={**usual.env, "REDRESS_HTTP_PORT": str(port), **environment},
        ready_timeout=READY_SECONDS,
    )
    return HttpProcess(settings)


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
