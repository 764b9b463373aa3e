"""A real Prometheus over a real stack while complaints are played and things break: every panel and rule has data, the
alerts of the faults fire and end, and the boards are drawn.

`REDRESS_DRAW=1` also writes the pictures into docs/dashboards.
"""

import asyncio
import os
import time
from pathlib import Path

import httpx2
import pytest

from operate.alerts.files import RECORDINGS
from operate.dashboards.boards import BOARDS
from operate.runtime.databases import SERVICES
from operate.runtime.stack import Stack
from operate.scenarios import quiescence
from operate.scenarios.run import run_file
from operate.scenarios.session import Session
from operate.scenarios.stack import of_running
from shared.packs.publishing.load import ROOT
from tests.chaos.test_poison import MEND, PLANT, administrator, redress
from tests.monitoring.draw import draw
from tests.monitoring.prometheus import NOT_THERE, Prometheus, Series, find, prometheus_over
from tests.support.chaos_organisation import a_session, register, take_step
from tests.support.eventually import eventually

pytestmark = pytest.mark.skipif(find("prometheus") is None, reason=NOT_THERE)
PLAYED = ("first_contact", "main_job", "major_cycle", "extension", "pay_only_the_notice", "payment_comes_back")
WITHOUT_DATA = {"Days until certificates end", "How late timers fire"}
"""Panels with a query that is empty here: the stack speaks to Kafka without TLS, so no certificate is configured; the
organisations have clocks of their own, and how late timers fire is measured on real time."""


async def fires(prometheus: Prometheus, name: str, *, within: float = 60) -> None:
    async def seen() -> bool:
        return name in await prometheus.firing()

    await eventually(seen, within=within)


async def ends(prometheus: Prometheus, name: str) -> None:
    async def seen() -> bool:
        return name not in await prometheus.firing()

    await eventually(seen, within=90)


async def played(stack: Stack) -> None:
    """Complaints from registration to payment, with a breach, an extension and an ERP that charges and does not answer."""
    for name in PLAYED:
        outcome = await run_file(ROOT / "laigang" / "scenarios" / f"{name}.yaml", of_running(stack))
        assert outcome.passed, [step.differences for step in outcome.steps if step.differences]


async def a_poison_event(stack: Stack, http: httpx2.AsyncClient, prometheus: Prometheus) -> None:
    async with administrator(stack) as database:
        session = await a_session(stack, http)
        case_id = (await register(session, "poisoned")).body["case_id"]
        await quiescence.settle(session)
        await database.execute(PLANT.format(case_id=case_id))
        await take_step(session, case_id, "analyse", in_scope=True, needs_visit=True, opinion="属异议范围")
        await fires(prometheus, "RedressDeadLetters")
        await database.execute(MEND)
        code, said = await redress(stack, "dead-letter", "replay", "--service", "sla", "--key", case_id)
        assert code == 0, said
        await quiescence.settle(session)
    await ends(prometheus, "RedressDeadLetters")


async def kafka_away(stack: Stack, http: httpx2.AsyncClient, prometheus: Prometheus) -> None:
    """The outbox grows old: the objective of a minute is waited for."""
    session: Session = await a_session(stack, http)
    stack.kafka.kill()
    try:
        assert (await register(session, "kafka-away")).status == 201
        await fires(prometheus, "RedressOutboxOld", within=150)
    finally:
        await asyncio.to_thread(stack.kafka.start)
    await quiescence.settle(session)
    await ends(prometheus, "RedressOutboxOld")


async def test_a_watched_stack(stack: Stack, tmp_path: Path) -> None:
    began = time.time()
    targets: dict[str, str] = {name: of_running(stack).services[name] for name in SERVICES}
    async with httpx2.AsyncClient(trust_env=False) as http, prometheus_over(targets, tmp_path) as prometheus:
        await all_scraped(prometheus)
        assert await prometheus.firing() <= {"RedressNotSampled"}
        await played(stack)
        await a_poison_event(stack, http, prometheus)
        await kafka_away(stack, http, prometheus)
        await every_rule_has_data(prometheus)
        pictures = Path("docs/dashboards") if os.environ.get("REDRESS_DRAW") else tmp_path / "pictures"
        await every_panel_has_data(prometheus, began, pictures)
        await exemplars_lead_to_traces(prometheus, began)


async def all_scraped(prometheus: Prometheus) -> None:
    async def seen() -> bool:
        up = await prometheus.ask('sum(up{job="redress"})')
        led = await prometheus.ask("count(count by (service) (redress_outbox_pending))")
        return [one.samples[0][1] for one in (*up, *led)] == [4.0, 4.0]

    await eventually(seen, within=60)
    await ends(prometheus, "RedressNotSampled")


async def every_rule_has_data(prometheus: Prometheus) -> None:
    assert await prometheus.unwell_rules() == {}
    assert [rule.record for rule in RECORDINGS if not await prometheus.ask(rule.record)] == []


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
