"""What may be configured about the embedded stack, read once from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast, get_args

from operate.errors import OperatorError
from operate.runtime.paths import cache_dir
from operate.runtime.ports import configured_ports
from operate.runtime.postgres_place import FALLBACK

Mode = Literal["demo", "test", "production"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StackOptions:
    """Ports that are fixed, the shared cache, the mode of the services, and the servers' own options."""

    cache: Path
    ports: Mapping[str, int] = field(default_factory=dict)
    mode: Mode = "demo"
    postgres_fallback: Path = FALLBACK
    postgres_options: Mapping[str, str] = field(default_factory=dict)
    kafka_options: Mapping[str, str] = field(default_factory=dict)
    """Properties of the embedded broker that go before ours."""
    maven_url: str | None = None
    kafka_settings: Mapping[str, str] = field(default_factory=dict)
    """`REDRESS_KAFKA_*`: security and time-outs for the user's own broker."""
    otlp_endpoint: str = ""
    """Where the services send their spans."""


def options_from(environ: Mapping[str, str], *, mode: Mode = "demo") -> StackOptions:
    """Options from PORT_BASE, REDRESS_PORT_*, REDRESS_CACHE, REDRESS_MODE, REDRESS_POSTGRES_DIR, REDRESS_MAVEN_URL,
    REDRESS_KAFKA_*, REDRESS_OTLP_ENDPOINT.
    """
    configured = environ.get("REDRESS_MODE", mode)
    if configured not in get_args(Mode):
        raise OperatorError(f"REDRESS_MODE={configured} is no mode.", hint=f"One of {', '.join(get_args(Mode))}.")
    return StackOptions(
        cache=cache_dir(environ),
        ports=configured_ports(environ),
        mode=cast("Mode", configured),
        postgres_fallback=Path(environ.get("REDRESS_POSTGRES_DIR", str(FALLBACK))),
        maven_url=environ.get("REDRESS_MAVEN_URL"),
        kafka_settings={name: value for name, value in environ.items() if name.startswith("REDRESS_KAFKA_")},
        otlp_endpoint=environ.get("REDRESS_OTLP_ENDPOINT", ""),
    )
