from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest

from operate.runtime.stack import Stack
from operate.scenarios.stack import of_running
from tests.e2e.story import Story, tell
from tests.support.otlp import Collector, collector
from tests.support.stack import whole_stack


@pytest.fixture(scope="package")
def spans() -> Iterator[Collector]:
    """What the stack sends to its collector of spans."""
    with collector() as receiver:
        yield receiver


@pytest.fixture(scope="package")
def e2e_stack(spans: Collector) -> Iterator[Stack]:
    """One stack for all tests of this folder."""
    with whole_stack("e2e", otlp_endpoint=spans.url) as running:
        yield running


@pytest.fixture(scope="package")
async def story(e2e_stack: Stack) -> AsyncIterator[Story]:
    """Two organisations, one of them in the middle of its work."""
    async with httpx2.AsyncClient(trust_env=False) as http:
        yield await tell(of_running(e2e_stack), http)
