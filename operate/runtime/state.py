"""What a stack remembers between commands: ports, passwords, processes, and whose servers it uses. The file is
private.
"""

import json
import secrets
from base64 import b64encode
from dataclasses import asdict, dataclass, field
from pathlib import Path

from operate.runtime.databases import SERVICES
from operate.runtime.paths import write_private
from operate.runtime.processes import Daemon, ProcessRecord

_VERSION = 1
SEALING = "sealing"
"""The name, among the passwords, of the key that services store secrets under."""
LINKS = "links"
"""The name, among the passwords, of the key that signs links to a case."""


@dataclass(slots=True, kw_only=True)
class StackState:
    """The content of `.redress/stack.json`."""

    ports: dict[str, int] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    processes: dict[str, ProcessRecord] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)
    external_kafka: str | None = None
    external_kafka_settings: dict[str, str] = field(default_factory=dict)
    external_database: str | None = None
    mode: str = "demo"
    otlp_endpoint: str = ""

    def add_passwords(self) -> None:
        """Make the passwords that are missing; those that exist stay."""
        for name in ("admin", *SERVICES):
            self.passwords.setdefault(name, secrets.token_urlsafe(24))
        for name in (SEALING, LINKS):
            self.passwords.setdefault(name, b64encode(secrets.token_bytes(32)).decode())

    def remember(self, daemon: Daemon) -> None:
        """Note a process that runs, and drop one that does not."""
        if daemon.is_running and daemon.record is not None:
            self.processes[daemon.name] = daemon.record
        else:
            self.processes.pop(daemon.name, None)


def load_state(path: Path) -> StackState:
    """The state of the last command, or an empty one."""
    if not path.exists():
        return StackState()
    content = json.loads(path.read_text())
    content.pop("version")
    records = {name: ProcessRecord(**record) for name, record in content.pop("processes").items()}
    return StackState(processes=records, **content)


def save_state(path: Path, state: StackState) -> None:
    """Replace the file in one step."""
    content = {
        "version": _VERSION,
        **asdict(state),
        "processes": {name: asdict(record) for name, record in state.processes.items()},
    }
    write_private(path, json.dumps(content, indent=1) + "\n")
