"""Every service serves the catalogue and nothing but the catalogue."""

import re

import pytest
from prometheus_client.metrics import MetricWrapperBase

from operate.runtime.databases import SERVICES
from shared.platform.observability import metrics
from tests.e2e.story import Story

CATALOGUE = {
    family.name
    for value in vars(metrics).values()
    if isinstance(value, MetricWrapperBase)
    for family in value.collect()
}
PYTHONS_OWN = re.compile(r"python_(gc|info)|process_")
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-")


@pytest.mark.parametrize("service", SERVICES)
async def test_metrics(story: Story, service: str) -> None:
    answer = await story.session.http.get(f"{story.session.stack.services[service]}/metrics")

    names = {line.split()[2] for line in answer.text.splitlines() if line.startswith("# TYPE")}
    ours = {name for name in names if not PYTHONS_OWN.match(name)}
    assert {re.sub(r"_(total|created)$", "", name) for name in ours} == CATALOGUE
    assert ID.search(answer.text) is None
    assert "build_info{" in answer.text
    assert f'service="{service}"' in answer.text
