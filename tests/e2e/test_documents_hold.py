"""What the services serve and answer is what the published documents say: schemathesis looks for what is not (ADR 0059).

`make fuzz` does the same for as long as one likes. What failed is printed, each with its request.
"""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx2
import pytest

from operate.runtime.databases import SERVICES
from operate.runtime.stack import Stack
from operate.scenarios.stack import of_running
from tests.e2e.story import Story, tell
from tests.fuzz.run import fuzz
from tests.support.clients import published

EXAMPLES = 3
"""Of each operation in each phase, beside those that cover each constraint of its schemas; the seed is fixed."""


@pytest.fixture(scope="module")
async def spoilt(e2e_stack: Stack) -> AsyncIterator[Story]:
    """A story of its own: what is generated changes it."""
    async with httpx2.AsyncClient(trust_env=False) as http:
        yield await tell(of_running(e2e_stack), http)


@pytest.mark.parametrize("service", SERVICES)
async def test_the_document_that_is_served_is_the_published_one(story: Story, service: str) -> None:
    served = await story.session.http.get(f"{story.session.stack.services[service]}/openapi.json")
    assert served.json() == json.loads(published(service).read_text(encoding="utf-8"))


@pytest.mark.parametrize("service", SERVICES)
async def test_answers_are_what_the_document_says(spoilt: Story, service: str) -> None:
    said = await asyncio.to_thread(fuzz, spoilt, service, examples=EXAMPLES)
    assert said == ""
