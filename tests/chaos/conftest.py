"""A whole stack that the tests of a module may kill."""

from collections.abc import Iterator

import pytest

from operate.runtime.stack import Stack
from tests.support.stack import whole_stack


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with whole_stack("chaos") as running:
        yield running
