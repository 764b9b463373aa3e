"""A whole stack that the tests of this folder may kill."""

from collections.abc import Iterator

import pytest

from operate.runtime.stack import Stack
from tests.support.stack import whole_stack


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    with whole_stack("chaos") as running:
        yield running
