"""One stack for all tests of this folder; each has an organisation of its own, and leaves everything running."""

from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest

from operate.runtime.stack import Stack
from operate.scenarios.session import Session
from tests.mishaps.installation import start_services
from tests.support.chaos_organisation import a_session
from tests.support.stack import whole_stack


@pytest.fixture(scope="package")
def stack() -> Iterator[Stack]:
    with whole_stack("mishaps") as running:
        yield running


@pytest.fixture(autouse=True)
async def everything_runs(stack: Stack) -> None:
    """A test that failed may have left services stopped."""
    await start_services(stack)


@pytest.fixture
async def session(stack: Stack, everything_runs: None) -> AsyncIterator[Session]:
    """An organisation on a simulated clock with the reference pack."""
    async with httpx2.AsyncClient(trust_env=False) as http:
        yield await a_session(stack, http)
