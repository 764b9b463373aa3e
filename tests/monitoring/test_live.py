"""A real Prometheus over a real stack while complaints are played and things break: every panel and rule has data, the
alerts of the faults fire and end, every command of their runbooks is run while they fire, and the boards are drawn.

The rules are the shipped ones in which a minute lasts a second. `REDRESS_DRAW=1` also writes the pictures into docs/dashboards.
"""

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import httpx2
import pytest

from operate.alerts.files import ALERTS, RECORDINGS
from operate.dashboards.boards import BOARDS
from operate.runbooks.pages import RUNBOOKS, looks_of, over_of
from operate.runtime.stack import Stack
from operate.scenarios.outcome import Outcome
from operate.scenarios.run import run_file
from operate.scenarios.session import OPERATOR_SCOPES, TokenRequest
from operate.scenarios.stack import of_running
from shared.packs.publishing.load import ROOT
from tests.monitoring import event_faults, money_faults, part_faults
from tests.monitoring.commands import Commands, places_of
from tests.monitoring.draw import draw
from tests.monitoring.prometheus import Prometheus, Series, prometheus_over
from tests.monitoring.watched import Watched
from tests.support.eventually import eventually

PROGRAMS: Final = ("prometheus", "promtool", "psql", "jq", "curl", "bash")
MISSING: Final = [program for program in PROGRAMS if shutil.which(program) is None]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}; .ci/run installs them")
PLAYED = ("first_contact", "main_job", "major_cycle", "extension", "pay_only_the_notice", "payment_comes_back")
PLAYED_AT_ONCE: Final = 2
"""Each begins with the publication of a pack, for which a request has 30 s."""
WITHOUT_DATA = {"Days until certificates end"}
"""A panel with a query that is empty here: the stack speaks to Kafka without TLS, so no certificate is configured."""
LIVE: Final = {
    *("RedressDeadLetters", "RedressKeyParked", "RedressOutboxOld", "RedressConsumerBehind", "RedressTransactionOld"),
    *("RedressTimersLate", "RedressPayoutInDoubt", "RedressErpSilent", "RedressMessagesFailing", "RedressProcessDown"),
    *("RedressApiErrors", "RedressBreachesRising"),
}
"""The alerts that fire here by their fault, and end; the others fire in `test_rules.py`, from series."""


@asynccontextmanager
async def watching(stack: Stack, folder: Path) -> AsyncIterator[Watched]:
    """Prometheus over the stack, and a person at a shell."""
    running = of_running(stack)
    async with httpx2.AsyncClient(trust_env=False) as http, prometheus_over(running.services, folder) as prometheus:
        commands = Commands(stack, places_of(stack, prometheus=prometheus.url, token=""))
        yield Watched(stack, http, prometheus, commands, set())


async def played(stack: Stack) -> str:
    """Complaints from registration to payment, with a breach, an extension and an ERP that charges and does not answer.

    Returns an organisation.
    """
    places = asyncio.Semaphore(PLAYED_AT_ONCE)

    async def play(name: str) -> Outcome:
        async with places:
            return await run_file(ROOT / "laigang" / "scenarios" / f"{name}.yaml", of_running(stack))

    outcomes = await asyncio.gather(*map(play, PLAYED))
    assert [step.differences for outcome in outcomes for step in outcome.steps if step.differences] == []
    return outcomes[0].organisation


async def test_a_watched_stack(stack: Stack, tmp_path: Path) -> None:
    began = time.time()
    async with watching(stack, tmp_path) as watched:
        prometheus = watched.prometheus
        await all_scraped(watched)
        assert await prometheus.firing() <= {"RedressNotSampled"}
        organisation, late = await asyncio.gather(played(stack), part_faults.many_breaches(watched))
        await asyncio.gather(faults_of_money(watched), faults_of_events(watched), part_faults.mail_refused(watched))
        await part_faults.a_process_gone(watched)
        await part_faults.postgres_away(watched)
        await event_faults.kafka_away(watched)
        await watched.ends("RedressBreachesRising", "RedressApiErrors")
        await watched.over("RedressBreachesRising", TOKEN=late.operator_token())
        await watched.over("RedressApiErrors")
        assert watched.fired == LIVE
        await every_rule_had_data(prometheus, began)
        await every_command_was_run(watched, organisation)
        pictures = Path("docs/dashboards") if os.environ.get("REDRESS_DRAW") else tmp_path / "pictures"
        await every_panel_has_data(prometheus, began, pictures)
        await exemplars_lead_to_traces(prometheus, began)


async def faults_of_money(watched: Watched) -> None:
    """One after the other, because both are told by one alert."""
    await money_faults.an_erp_that_lies(watched)
    await money_faults.an_erp_that_is_silent(watched)


async def faults_of_events(watched: Watched) -> None:
    """One after the other, because all are sla's."""
    await event_faults.poison_events(watched)
    await event_faults.a_transaction_left_open(watched)
    await event_faults.slow_handling(watched)


async def every_command_was_run(watched: Watched, organisation: str) -> None:
    """What was not run while its alert fired is run now that all is well; what acts has been run in its fault."""
    request = TokenRequest(organisation=organisation, subject="operator", roles=(), scope=OPERATOR_SCOPES)
    variables = {"SERVICE": "sla", "TOKEN": of_running(watched.stack).issue_token(request)}
    for alert in ALERTS:
        left = [step for step in (*looks_of(alert), *over_of(alert)) if step.run not in watched.commands.run]
        await watched.commands.each(left, **variables)
    everything = {step.run for page in RUNBOOKS.values() for step in page.steps if step.run}
    assert everything - watched.commands.run == set()


async def all_scraped(watched: Watched) -> None:
    prometheus = watched.prometheus

    async def seen() -> bool:
        up = await prometheus.ask('sum(up{job="redress"})')
        led = await prometheus.ask("count(count by (service) (redress_outbox_pending))")
        return [one.samples[0][1] for one in (*up, *led)] == [4.0, 4.0]

    await eventually(seen, within=60)
    await watched.ends("RedressNotSampled", "RedressServiceGone")


async def every_rule_had_data(prometheus: Prometheus, began: float) -> None:
    """A share of requests is none while none come, so the whole run is looked at."""
    assert await prometheus.unwell_rules() == {}
    span = {"start": began, "end": time.time(), "step": 1.0}
    assert [rule.record for rule in RECORDINGS if not await prometheus.ask_range(rule.record, **span)] == []


async def every_panel_has_data(prometheus: Prometheus, began: float, pictures: Path) -> None:
    """Each query of each panel, which is drawn from its answer."""
    ended = time.time()

    async def ask(expr: str) -> list[Series]:
        return await prometheus.ask_range(expr, start=began, end=ended, step=max(1.0, (ended - began) / 240))

    empty = {title for board in BOARDS for title in await draw(board, ask, pictures / f"{board.uid}.png")}
    assert empty <= WITHOUT_DATA


async def exemplars_lead_to_traces(prometheus: Prometheus, began: float) -> None:
    for name in ("redress_http_request_duration_seconds_bucket", "redress_outbox_lag_seconds_bucket"):
        found = await prometheus.exemplars(name, start=began, end=time.time())
        assert found, name
        assert all(len(each["labels"]["trace_id"]) == 32 for each in found)
