"""Every setting of the Kafka client that matters, with the defaults of aiokafka that lose data overridden.

aiokafka 0.14 by default acknowledges from one replica, is not idempotent, starts at the end of a
topic, commits what was never handled and reads uncommitted records.
"""

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

MAX_BATCH_BYTES: Final = 512 * 1024
MAX_REQUEST_BYTES: Final = 1024 * 1024
MAX_FETCH_BYTES: Final = 2 * 1024 * 1024
LONGEST_FETCH_MS: Final = 2_000
"""How long the broker keeps a question for records open; it answers as soon as there are any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """Time-outs of the client. A fast session notices a killed consumer sooner, and a paused one too.

    `security` is asked for each new client, so that one that is made after a certificate was replaced has the new one.
    """

    session_timeout_ms: int = 45_000
    heartbeat_interval_ms: int = 3_000
    rebalance_timeout_ms: int = 60_000
    max_poll_interval_ms: int = 300_000
    request_timeout_ms: int = 10_000
    metadata_max_age_ms: int = 15_000
    """A topic that was deleted and made again is read again within it; five minutes with the client's default."""
    stop_timeout_seconds: float = 5.0
    security: Callable[[], Mapping[str, object]] = dict

    def producer_options(self) -> dict[str, Any]:
        """Keyword arguments of AIOKafkaProducer. Raises OSError when a certificate cannot be read."""
        return {
            "acks": "all",
            "enable_idempotence": True,
            "linger_ms": 0,
            "max_batch_size": MAX_BATCH_BYTES,
            "max_request_size": MAX_REQUEST_BYTES,
            "request_timeout_ms": self.request_timeout_ms,
            **self.security(),
        }

    def consumer_options(self) -> dict[str, Any]:
        """Keyword arguments of AIOKafkaConsumer. Raises OSError when a certificate cannot be read."""
        return {
            "enable_auto_commit": False,
            "auto_offset_reset": "earliest",
            "isolation_level": "read_committed",
            "session_timeout_ms": self.session_timeout_ms,
            "heartbeat_interval_ms": self.heartbeat_interval_ms,
            "rebalance_timeout_ms": self.rebalance_timeout_ms,
            "metadata_max_age_ms": self.metadata_max_age_ms,
            "max_poll_interval_ms": self.max_poll_interval_ms,
            "fetch_max_bytes": MAX_FETCH_BYTES,
            "fetch_max_wait_ms": LONGEST_FETCH_MS,
            # How often the client's fetcher looks round unasked; answers, consumption and new assignments wake it.
            "consumer_timeout_ms": LONGEST_FETCH_MS,
            "request_timeout_ms": self.request_timeout_ms,
            **self.security(),
        }


PRODUCTION: Final = Tuning()


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaTls:
    """Certificates of a TLS connection (PEM files); the system's authorities when `ca_file` is None."""

    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    key_password: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sasl:
    """A login by SASL (RFC 4422): PLAIN (RFC 4616) or SCRAM (RFC 5802)."""

    mechanism: str
    username: str
    password: str = field(repr=False)


def security_options(protocol: str, *, tls: KafkaTls | None, sasl: Sasl | None) -> dict[str, object]:
    """Keyword arguments of aiokafka's clients for a security protocol of Kafka.

    Raises OSError or ssl.SSLError when a certificate or a key cannot be read.
    """
    options: dict[str, object] = {"security_protocol": protocol}
    if tls is not None:
        context = ssl.create_default_context(cafile=tls.ca_file)
        if tls.certificate_file is not None:
            context.load_cert_chain(tls.certificate_file, tls.key_file, tls.key_password)
        options["ssl_context"] = context
    if sasl is not None:
        options |= {
            "sasl_mechanism": sasl.mechanism,
            "sasl_plain_username": sasl.username,
            "sasl_plain_password": sasl.password,
        }
    return options
