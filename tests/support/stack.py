"""A whole stack of real processes for one test module, in a state directory of its own."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from operate.runtime.databases import SERVICES
from operate.runtime.embedded import embedded_stack
from operate.runtime.parts import SINKS
from operate.runtime.stack import Stack


@contextmanager
def whole_stack(name: str, *, otlp_endpoint: str = "") -> Iterator[Stack]:
    """PostgreSQL, Kafka, sinks and the four services; all of it is gone afterwards."""
    root = Path(tempfile.mkdtemp(prefix=f"redress-{name}-"))
    root.chmod(0o711)
    try:
        with embedded_stack(root / "state", services=SERVICES, sinks=SINKS, otlp_endpoint=otlp_endpoint) as running:
            yield running
    finally:
        shutil.rmtree(root, ignore_errors=True)
