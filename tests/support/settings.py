"""Settings of a service under test that reaches no broker and listens nowhere."""

from base64 import b64encode
from pathlib import Path
from typing import Any, Final

from shared.platform.kafka.tuning import Tuning

OF_A_TEST: Final[dict[str, Any]] = {
    "kafka": "127.0.0.1:1",
    "kafka_security_protocol": "PLAINTEXT",
    "host": "127.0.0.1",
    "http_port": 0,
    "mode": "test",
    "jwt_issuers": ({"issuer": "https://issuer.example"},),
    "link_keys": b64encode(b"l" * 32).decode(),
}


def issued_by(key_file: Path) -> dict[str, Any]:
    """The setting by which tokens of `redress-dev` are taken, verified with the keys in `key_file`."""
    return {"jwt_issuers": ({"issuer": "redress-dev", "key_file": key_file},)}


FAST: Final = Tuning(session_timeout_ms=6_000, heartbeat_interval_ms=1_000, rebalance_timeout_ms=20_000)
"""Short sessions, so that a stopped consumer is replaced within seconds; what the embedded stack sets."""
