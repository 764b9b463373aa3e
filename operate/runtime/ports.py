"""Which TCP port each part of the stack listens on.

A configured port is used as it is or refused with its number. A port chosen here comes from a block whose start
depends on the checkout's path, so that two checkouts rarely even look at the same numbers, and lies below the range
that systems hand out to clients.
"""

import hashlib
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

from operate.errors import OperatorError

PORT_NAMES = (
    "intake",
    "sla",
    "settlement",
    "notify",
    "mail",
    "webhook",
    "erp",
    "mail_smtp",
    "postgres",
    "kafka",
    "kafka_controller",
)
_FIRST, _BLOCKS, _BLOCK = 20_000, 500, 20


class PortInUse(OperatorError):
    """Something else already listens on a port that this stack needs."""

    def __init__(self, name: str, port: int) -> None:
        super().__init__(
            f"Port {port} (for {name}) is in use by another program.",
            hint=(
                f"Stop that program, or choose another port: REDRESS_PORT_{name.upper()}=<port> for this one, "
                "PORT_BASE=<port> to move them all. Take ports below 32768: from there on Linux gives them to outgoing "
                "connections (net.ipv4.ip_local_port_range), which hold a port for a minute after their end."
            ),
        )
        self.name = name
        self.port = port


class InvalidPort(OperatorError):
    """A configured port is not a number from 1 to 65535."""

    def __init__(self, variable: str, value: str) -> None:
        super().__init__(f"{variable}={value} is not a port.", hint="Use a number from 1 to 65535.")


def is_free(port: int) -> bool:
    """Whether 127.0.0.1 can be listened on at this port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def accepts(port: int) -> bool:
    """Whether something on 127.0.0.1 accepts a connection at this port."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def require_free(name: str, port: int) -> None:
    """Refuse with `PortInUse` unless the port can be listened on."""
    if not is_free(port):
        raise PortInUse(name, port)


def configured_ports(environ: Mapping[str, str]) -> dict[str, int]:
    """The ports that PORT_BASE and REDRESS_PORT_<NAME> fix."""
    ports: dict[str, int] = {}
    if base := environ.get("PORT_BASE"):
        first = _number("PORT_BASE", base)
        ports = {name: first + offset for offset, name in enumerate(PORT_NAMES)}
    for name in PORT_NAMES:
        variable = f"REDRESS_PORT_{name.upper()}"
        if value := environ.get(variable):
            ports[name] = _number(variable, value)
    return ports


def choose_ports(*, configured: Mapping[str, int], remembered: Mapping[str, int], place: Path) -> dict[str, int]:
    """Configured ports first, then those of the last start, then a free block that belongs to `place`."""
    known = {**remembered, **configured}
    missing = [name for name in PORT_NAMES if name not in known]
    if not missing:
        return {name: known[name] for name in PORT_NAMES}
    for first in _block_starts(place):
        block = {name: first + PORT_NAMES.index(name) for name in missing}
        if not set(block.values()) & set(known.values()) and all(map(is_free, block.values())):
            return {name: known.get(name) or block[name] for name in PORT_NAMES}
    raise OperatorError("No free block of ports was found from 20000 to 30000.", hint="Set PORT_BASE=<port>.")


def replace_port(name: str, *, ports: Mapping[str, int], place: Path) -> int:
    """Another free port for `name`, when the one remembered has been taken."""
    others = {taken: port for taken, port in ports.items() if taken != name}
    for first in _block_starts(place):
        candidate = first + PORT_NAMES.index(name)
        if candidate not in {ports[name], *others.values()} and is_free(candidate):
            return candidate
    raise PortInUse(name, ports[name])


def _block_starts(place: Path) -> Iterator[int]:
    digest = hashlib.sha256(str(place).encode()).digest()
    start = int.from_bytes(digest[:4]) % _BLOCKS
    for step in range(_BLOCKS):
        yield _FIRST + (start + step) % _BLOCKS * _BLOCK


def _number(variable: str, value: str) -> int:
    if not value.isdecimal() or not 0 < int(value) <= 65_535 - len(PORT_NAMES):
        raise InvalidPort(variable, value)
    return int(value)
