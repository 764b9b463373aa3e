"""One stack for every test that plays scenarios."""

from collections.abc import Iterator

import pytest

from operate.runtime.stack import Stack
from tests.support.stack import whole_stack


@pytest.fixture(scope="package")
def stack() -> Iterator[Stack]:
    with whole_stack("scenarios") as running:
        yield running
