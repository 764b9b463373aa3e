"""A whole stack of real processes that the tests of this folder may kill."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from operate.runtime.databases import SERVICES
from operate.runtime.embedded import embedded_stack
from operate.runtime.parts import SINKS
from operate.runtime.stack import Stack


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """PostgreSQL, Kafka, sinks and the four services, in a state directory of their own."""
    root = Path(tempfile.mkdtemp(prefix="redress-chaos-"))
    root.chmod(0o711)
    try:
        with embedded_stack(root / "state", services=SERVICES, sinks=SINKS) as running:
            yield running
    finally:
        shutil.rmtree(root, ignore_errors=True)
