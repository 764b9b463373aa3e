"""One stack and one Prometheus over it for the tests of this folder."""

from collections.abc import Iterator

import pytest

from operate.runtime.stack import Stack
from tests.support.stack import whole_stack


@pytest.fixture(scope="package")
def stack() -> Iterator[Stack]:
    with whole_stack("monitoring") as running:
        yield running
