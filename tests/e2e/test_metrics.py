"""Every service of a whole stack serves its own metrics, those of its neighbours not, and the database's once."""

import re

import httpx2
import pytest

from operate.metrics_page import catalogues_of, described
from operate.runtime.databases import SERVICES
from shared.platform.observability.metrics import PLATFORM
from tests.e2e.story import Story
from tests.support.eventually import eventually

PYTHONS_OWN = re.compile(r"python_(gc|info)|process_")
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-")
LATEST = {"Accept": "application/openmetrics-text;version=1.0.0"}


async def exposed(story: Story, service: str) -> httpx2.Response:
    return await story.session.http.get(f"{story.session.stack.services[service]}/metrics", headers=LATEST)


def families(text: str) -> set[str]:
    return {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}


@pytest.mark.parametrize("service", SERVICES)
async def test_metrics(story: Story, service: str) -> None:
    own = [*described([PLATFORM]), *described(catalogues_of(service))]
    shared = {each.name for each in own if each.exported_by == "one leading worker of all services"}
    wanted = {each.name for each in own if "organisation" not in each.labels} - shared

    async def is_led() -> bool:
        return wanted <= families((await exposed(story, service)).text)

    await eventually(is_led, within=60)
    text = (await exposed(story, service)).text
    ours = {name for name in families(text) if not PYTHONS_OWN.match(name)}
    assert ours - shared == wanted
    assert ID.search(re.sub(r" # \{.*", "", text)) is None
    assert "redress_build_info{" in text


async def test_the_database_server_is_measured_by_one_service(story: Story) -> None:
    texts = [(await exposed(story, service)).text for service in SERVICES]
    assert sum("redress_db_server_connections " in text for text in texts) == 1


async def test_the_played_job_is_in_the_business_metrics(story: Story) -> None:
    def series(text: str, name: str) -> dict[str, float]:
        return {labels: float(value) for labels, value in re.findall(rf"^{name}\{{(.*)\}} (\S+)$", text, re.MULTILINE)}

    async def is_counted() -> bool:
        text = (await exposed(story, "intake")).text
        return 'redress_intake_cases{case_type="quality_objection"' in text

    await eventually(is_counted, within=90)
    settled = (await exposed(story, "settlement")).text
    assert any(
        number > 0 for labels, number in series(settled, "redress_settlement_remedy_amount").items() if "CNY" in labels
    )
    assert "trace_id=" in settled
