"""sla on a real PostgreSQL: events go into its handlers, alarms fire from its jobs, requests come over ASGI."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from services.sla.app import create_app
from services.sla.clocks import jobs
from services.sla.clocks.store.tables import ALARM
from services.sla.consumers import HANDLERS
from services.sla.migrations.schema import KERNEL
from services.sla.settings import SlaSettings
from shared.contracts.envelope import ActorV1, Contract, Envelope
from shared.contracts.intake import CaseAdvancedV1, CaseRegisteredV1, PolicyRefV1
from shared.contracts.registry import PolicyPublishedV1
from shared.kernel.ids import EventId, OrgId, new_id
from shared.packs.publishing.load import ROOT
from shared.platform.db.engine import Database, connect
from shared.platform.db.transaction import transaction
from shared.platform.inbox.arrival import deliver
from shared.platform.organisations import advance, on_policy_published, remember
from shared.platform.worker import Progress
from tests.support.calendars import cst
from tests.support.callers import TrustingVerifier, unsigned
from tests.support.old_ids import old_id
from tests.support.packs import documents
from tests.support.persevering import PerseveringClient
from tests.support.settings import OF_A_TEST
from tests.support.statements import statements_of

VARIED = """\
calendars:
  - id: workdays
    country: CN
    shifts:
      - {days: [mon, tue, wed, thu, fri], opens: "08:00", closes: "12:00"}
      - {days: [mon, tue, wed, thu, fri], opens: "13:00", closes: "17:00"}
  - {id: every-day, kind: continuous}
  - id: reply-windows
    shifts:
      - {days: [mon, tue, wed, thu, fri, sat, sun], opens: "09:00", closes: "12:00"}
      - {days: [mon, tue, wed, thu, fri, sat, sun], opens: "15:00", closes: "18:00"}
clocks:
  - id: test
    label: {zh: 检验, en: Test}
    cite: X-1 Art.1
    start: sample.taken
    stop: [lab.report_received]
    pause_on: [evidence.added]
    resume_on: [remedy.quoted]
    goals:
      - {id: only, duration: {amount: 8, unit: working_hour}, calendar: workdays, cite: X-1 Art.1}
  - id: reminder
    label: {zh: 提醒, en: Reminder}
    cite: X-2 Art.2
    start: case.accepted
    stop: [case.closed]
    severity: warning
    goals:
      - {id: only, duration: {amount: 1, unit: working_day}, calendar: workdays, cite: X-2 Art.2}
  - id: first_answer
    label: {zh: 首次答复, en: First answer}
    cite: X-3 Art.3
    start: case.registered
    starts_at: opening
    stop: [message.sent]
    goals:
      - {id: strategic, when: facts.strategic ?? false, duration: {amount: 2, unit: hour}, calendar: every-day, cite: X-3 Art.3}
      - {id: ordinary, duration: {amount: 2, unit: working_hour}, calendar: workdays, cite: X-3 Art.3}
  - id: callback
    label: {zh: 回电, en: Callback}
    cite: X-4 Art.4
    start: reply.ready
    stop: [reply.given]
    goals:
      - {id: agreed, at: facts.callback_at, calendar: every-day, cite: X-4 Art.4}
      - {id: soon, duration: {amount: 0, unit: minute}, calendar: every-day, snap_to: reply-windows, cite: X-5 Art.5}
  - id: promise
    label: {zh: 承诺答复, en: Promised reply}
    cite: X-6 Art.6
    start: reply.promised
    stop: [reply.given]
    pause_on: [evidence.added]
    resume_on: [remedy.quoted]
    goals:
      - {id: stated, at: facts.promised_on, calendar: workdays, cite: X-6 Art.6}
    extension:
      approver_role: enterprise_management
      cite: X-6 Art.6
  - id: average
    label: {zh: 平均周期提醒, en: Average cycle}
    cite: X-7 Art.7
    start: case.accepted
    stop: [case.closed]
    severity: warning
    goals:
      - {id: fifteen, duration: {amount: 15, unit: day}, calendar: every-day, cite: X-7 Art.7}
    warn:
      - {before: {amount: 1, unit: day}}
"""

MEASURED = """\
calendars:
  - id: workdays
    country: CN
    shifts:
      - {days: [mon, tue, wed, thu, fri], opens: "08:00", closes: "17:00"}
  - {id: every-day, kind: continuous}
indicators:
  - id: cycle
    label: {zh: 平均处理周期, en: Average cycle}
    cite: X-1 Art.1
    every: month
    case_types: [quality_objection]
    measure: {average_days: {from: case.accepted, to: case.closed}}
    target: {at_most: "15"}
  - id: visited
    label: {zh: 回访覆盖率, en: Return visits}
    cite: X-2 Art.2
    every: day
    when: (facts.kind ?? "") == "repair"
    measure: {share: {of: work.completed, done: visit.returned, within: {duration: {amount: 1, unit: day}, calendar: every-day}}}
    target: {at_least: "100"}
  - id: answered
    label: {zh: 答复率, en: Answered}
    cite: X-3 Art.3
    every: quarter
    measure: {share: {of: case.registered, done: case.closed}}
    target: {at_least: "96.66"}
  - id: kinds
    label: {zh: 分类统计, en: By kind}
    cite: X-4 Art.4
    every: month
    measure: {count: {of: case.registered, by: facts.kind}}
  - id: year_end
    label: {zh: 三个工作日内答复, en: Answered within three working days}
    cite: X-5 Art.5
    every: year
    measure: {share: {of: case.accepted, done: case.answered, within: {duration: {amount: 3, unit: working_day}, calendar: workdays}}}
  - id: tonnes
    label: {zh: 损失吨数, en: Tonnes lost}
    cite: X-6 Art.6
    every: month
    measure: {sum: {of: [case.closed, work.completed], amount: number(facts.tonnes), unit: t, by: facts.kind}}
    target: {at_most: "6"}
    least_sample: 2
  - id: ended
    label: {zh: 办结或完工, en: Closed or completed}
    cite: X-7 Art.7
    every: month
    measure: {count: {of: [case.closed, work.completed]}}
"""

TYPED = """\
calendars:
  - {id: every-day, kind: continuous}
clocks:
  - id: reply
    label: {zh: 答复建议, en: Reply}
    cite: X-1 Art.1
    case_types: [suggestion]
    start: case.registered
    stop: [case.closed]
    goals:
      - {id: only, duration: {amount: 10, unit: day}, calendar: every-day, cite: X-1 Art.1}
    warn:
      - {before: {amount: 1, unit: day}}
  - id: handle
    label: {zh: 处理投诉, en: Handle}
    cite: X-2 Art.2
    case_types: [quality_objection]
    start: case.registered
    stop: [case.closed]
    goals:
      - {id: only, duration: {amount: 3, unit: day}, calendar: every-day, cite: X-2 Art.2}
indicators:
  - id: by_type
    label: {zh: 分类, en: By type}
    cite: X-3 Art.3
    every: month
    measure: {count: {of: case.registered, by: case.case_type}}
  - id: raised
    label: {zh: 转为投诉, en: Became complaints}
    cite: X-3 Art.3
    every: month
    measure: {count: {of: complaint.raised, by: case.case_type}}
"""

ROLES = {
    "chen": ("business_staff",),
    "zhao": ("enterprise_management", "quality_objection_clerk"),
    "qian": ("enterprise_management",),
}


@dataclass
class Sla:
    """What a test holds: the app, the database, and an organisation on its own clock."""

    app: FastAPI
    db: Database
    client: httpx2.AsyncClient
    packs: dict[str, dict[str, Any]]
    org: OrgId = field(default_factory=lambda: OrgId(new_id()))
    versions: dict[str, int] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)

    def headers(self, by: str, *, org: str | None, key: str | None, scope: str) -> dict[str, str]:
        token = unsigned(org or self.org, sub=by, roles=list(ROLES.get(by, ())), scope=scope)
        return {"Authorization": f"Bearer {token}", "Idempotency-Key": key or new_id()}

    async def post(
        self, path: str, body: Any = None, *, by: str = "chen", org: str | None = None, key: str | None = None,
        scope: str = "sla:read sla:write",
    ) -> httpx2.Response:  # fmt: skip
        headers = self.headers(by, org=org, key=key, scope=scope)
        return await self.client.post(path, json=body or {}, headers=headers)

    async def get(
        self, path: str, *, org: str | None = None, scope: str = "sla:read", **params: Any
    ) -> httpx2.Response:
        return await self.client.get(path, params=params, headers=self.headers("chen", org=org, key=None, scope=scope))

    async def organisation(self, *, now: str | None = "2026-03-05T09:00", pack: str = "steel") -> OrgId:
        """A new organisation with the pack published; later calls of the others are about it."""
        self.org = OrgId(new_id())
        async with transaction(self.db) as tx:
            await remember(tx, self.org, name="An organisation", simulated_now=cst(now) if now else None)
            await on_policy_published(
                tx, self.envelope(self._policy(pack), key=self.org, at=datetime(2023, 1, 1, tzinfo=UTC))
            )
        return self.org

    def _policy(self, pack: str) -> PolicyPublishedV1:
        return PolicyPublishedV1(
            organisation_id=self.org,
            pack="small",
            version=1,
            effective_from=date(2023, 1, 1),
            digest=f"digest of {pack}",
            sections=self.packs[pack],
        )

    async def register(
        self,
        *,
        at: str = "2026-03-05T09:00",
        received_at: str | None = None,
        case_type: str = "quality_objection",
        **facts: Any,
    ) -> str:
        case_id = old_id()
        self.types[case_id] = case_type
        data = CaseRegisteredV1(
            case_id=case_id,
            number="QO-1",
            case_type=case_type,
            channel="erp",
            status="registered",
            policy=PolicyRefV1(pack="small", version=1),
            received_at=cst(received_at or at),
            first_responder="chen",
            owner="business_staff",
            customer_ref="C-1",
            facts=facts,
            actor=ActorV1(subject="chen"),
        )
        await self.handle(data, key=case_id, at=cst(at))
        return case_id

    async def step(
        self,
        case_id: str,
        *milestones: str,
        at: str,
        recorded_at: str | None = None,
        becomes: str | None = None,
        **facts: Any,
    ) -> None:
        before = self.types.get(case_id, "quality_objection")
        self.types[case_id] = becomes or before
        data = CaseAdvancedV1(
            case_id=case_id,
            number="QO-1",
            case_type=self.types[case_id],
            previous_case_type=before if becomes else None,
            step="a_step",
            milestones=list(milestones),
            status="accepted",
            facts=facts,
            owner="business_staff",
            first_responder="chen",
            actor=ActorV1(subject="chen"),
            at=cst(at),
        )
        await self.handle(data, key=case_id, at=cst(recorded_at or at))

    async def accepted(self, *, at: str = "2026-03-05T10:00", **facts: Any) -> str:
        """A case that was accepted then."""
        case_id = await self.register(at=at, **facts)
        await self.step(case_id, "case.accepted", at=at, **facts)
        return case_id

    def envelope(self, data: Contract, *, key: str, at: datetime) -> Envelope[Any]:
        version = self.versions[key] = self.versions.get(key, 0) + 1
        return Envelope(
            id=EventId(new_id()), org=self.org, key=key, aggregate="case", aggregate_id=key, version=version,
            occurred_at=at, correlation_id="test", traceparent=None, data=data,
        )  # fmt: skip

    async def handle(self, data: Contract, *, key: str, at: datetime) -> None:
        async with transaction(self.db) as tx:
            await deliver(tx, HANDLERS[type(data)], [self.envelope(data, key=key, at=at)])

    async def clock_to(self, now: str, *, fire: bool = True) -> None:
        """Move the organisation's clock, and let what is due fire."""
        async with transaction(self.db) as tx:
            await advance(tx, self.org, now=cst(now))
        while fire and await jobs.fire_simulated(self.db):
            pass

    async def clocks(self, case_id: str) -> dict[str, Any]:
        answer = await self.get(f"/v1/cases/{case_id}/clocks")
        assert answer.status_code == 200, answer.text
        return {item["clock"]: item for item in answer.json()["items"]}

    async def events(self, case_id: str | None = None) -> Sequence[Any]:
        outbox = KERNEL.outbox
        query = select(outbox).where(outbox.c.org_id == self.org).order_by(outbox.c.seq)
        async with self.db.engine.connect() as conn:
            rows = (await conn.execute(query)).all()
        return [row for row in rows if case_id is None or row.key == case_id]

    async def kinds(self, case_id: str | None = None) -> list[str]:
        return [
            f"{orjson.loads(row.payload)['clock']} {row.type.removesuffix('.v1')}" for row in await self.events(case_id)
        ]

    async def alarms(self) -> list[tuple[str, str]]:
        query = select(ALARM.c.kind, ALARM.c.state).where(ALARM.c.org_id == self.org).order_by(ALARM.c.timer_id)
        async with self.db.engine.connect() as conn:
            return [(row.kind, row.state) for row in await conn.execute(query)]


@pytest.fixture
async def sla(service_database: Callable[..., str], tmp_path: Path) -> AsyncIterator[Sla]:
    url = service_database("sla")
    settings = SlaSettings(database_url=url, **OF_A_TEST, pool_size=32)
    db = connect(url, kernel=KERNEL, pool_size=32, application_name="sla")
    app = create_app(settings, db, Progress())
    app.state.verifier = TrustingVerifier()
    steel = (ROOT / "laigang" / "sla.yaml").read_text(encoding="utf-8")
    packs = {"steel": documents(tmp_path / "a", sla=steel), "varied": documents(tmp_path / "b", sla=VARIED)}
    packs["measured"] = documents(tmp_path / "c", sla=MEASURED)
    packs["typed"] = documents(tmp_path / "d", sla=TYPED)
    async with PerseveringClient(transport=httpx2.ASGITransport(app=app), base_url="http://sla") as client:
        yield Sla(app, db, client, packs)
    await db.dispose()


@pytest.fixture
def statements(sla: Sla) -> Any:
    """Every statement sent to the database while the test runs."""
    return statements_of(sla.db.engine.sync_engine)
