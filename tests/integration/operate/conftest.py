from collections.abc import Iterator
from pathlib import Path

import pytest

from operate.runtime.embedded import embedded_stack
from operate.runtime.options import StackOptions
from operate.runtime.paths import Layout
from operate.runtime.stack import Stack


@pytest.fixture(scope="session")
def operate_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of our own: these tests kill its parts."""
    with embedded_stack(tmp_path_factory.mktemp("operate") / "state", sinks=("mail", "webhook", "erp")) as stack:
        yield stack


@pytest.fixture
def opened(operate_stack: Stack) -> Stack:
    """The stack as another command opens it, with everything running."""
    return _opened(operate_stack)


@pytest.fixture(scope="module")
def opened_once(operate_stack: Stack) -> Stack:
    """The same for a module whose tests stop no part of it."""
    return _opened(operate_stack)


def _opened(running: Stack) -> Stack:
    stack = Stack(running.layout, running.options)
    stack.up(services=())
    return stack


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """A state directory of one test; whatever a failing one left running there is ended."""
    place = tmp_path / "state"
    yield place
    if place.exists():
        Stack(Layout(state=place), StackOptions(cache=place / "cache")).reset()
