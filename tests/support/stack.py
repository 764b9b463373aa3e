"""A whole stack of real processes for one test module, in a state directory of its own."""

from collections.abc import Iterator
from contextlib import contextmanager

from operate.runtime.databases import SERVICES
from operate.runtime.embedded import embedded_stack
from operate.runtime.parts import SINKS
from operate.runtime.stack import Stack
from tests.support.passable_folder import passable_folder


@contextmanager
def whole_stack(name: str, *, otlp_endpoint: str = "") -> Iterator[Stack]:
    """PostgreSQL, Kafka, sinks and the four services; all of it is gone afterwards."""
    with (
        passable_folder(name) as root,
        embedded_stack(root / "state", services=SERVICES, sinks=SINKS, otlp_endpoint=otlp_endpoint) as running,
    ):
        yield running
