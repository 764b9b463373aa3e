"""Notify on a real PostgreSQL with a small pack: events come in by hand, mails go to a real SMTP server."""

import asyncio
import contextlib
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from aiosmtpd.smtp import Envelope as Received
from sqlalchemy import Table, func, select, text, update

from services.notify.channels import email
from services.notify.channels.client.mail import Mailer, MailServer
from services.notify.consumers import HANDLERS
from services.notify.delivery.jobs import Courier
from services.notify.messages.store.tables import MESSAGE
from services.notify.migrations.schema import KERNEL
from shared.contracts.envelope import ActorV1, Contract, Envelope
from shared.contracts.intake import CaseAdvancedV1, CaseRegisteredV1, PartyRecordedV1, PolicyRefV1
from shared.contracts.registry import PolicyPublishedV1
from shared.kernel.clock import SystemClock
from shared.kernel.ids import EventId, OrgId, new_id
from shared.packs.documents import digest
from shared.platform.auth.link_tokens import LinkKeys
from shared.platform.db.engine import Database
from shared.platform.db.transaction import reading, transaction
from shared.platform.inbox.arrival import deliver
from shared.platform.organisations import advance, on_policy_published, remember
from tests.support.old_ids import old_id

LINK_KEYS = LinkKeys([b"l" * 32])
PATIENCE = 20.0  # longer than any time-out of a sender in these tests
NINE = datetime(2026, 3, 16, 1, tzinfo=UTC)
CLERK = ActorV1(subject="chen", roles=["clerk"])
TEXT = {"subject": "{{ case.number }} {{ event.name }}", "body": "{{ party.name }}"}
SECTION: dict[str, Any] = {
    "defaults": {"sender": {"name": {"zh": "本公司", "en": "We"}, "email": "we@example.com"}},
    "addresses": [{"role": "leader", "email": "leader@example.com"}],
    "templates": [{"id": "told", "locales": {"zh-CN": TEXT, "en": TEXT}}],
}


def a_rule(**changed: Any) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "id": "tell",
        "cite": "X-5 Art.5",
        "on": ["case.registered"],
        "recipients": [{"role": "customer"}],
        "template": "told",
    }
    return rule | changed


@dataclass
class Stage:
    """Notify's database and what the other services would say to it."""

    db: Database
    pack: dict[str, Any]

    async def organisation(self, *rules: dict[str, Any], now: datetime | None = None, **section: Any) -> OrgId:
        """An organisation with a policy of these rules; on a clock of its own when `now` is given."""
        org = OrgId(new_id())
        sections = {**self.pack, "notify": {**SECTION, **section, "rules": list(rules)}}
        published = PolicyPublishedV1(
            organisation_id=org,
            pack="small",
            version=1,
            effective_from=date(2026, 1, 1),
            digest=digest(sections),
            sections=sections,
        )
        async with transaction(self.db) as tx:
            await remember(tx, org, name="An organisation", simulated_now=now)
            await on_policy_published(tx, envelope(published, org=org, key=org))
        return org

    async def happens(self, contract: Contract, *, org: OrgId, case_id: str, event_id: str | None = None) -> None:
        """One event arrives."""
        async with transaction(self.db) as tx:
            await deliver(tx, HANDLERS[type(contract)], [envelope(contract, org=org, key=case_id, event_id=event_id)])

    async def register(
        self, org: OrgId, *, email: str | None = "buyer@customer.example", event_id: str | None = None
    ) -> str:
        """A case with its customer."""
        case_id = old_id()
        party = PartyRecordedV1(case_id=case_id, role="customer", name="华东钢构", email=email)
        await self.happens(party, org=org, case_id=case_id)
        await self.happens(registered(case_id), org=org, case_id=case_id, event_id=event_id)
        return case_id

    async def advance_clock(self, org: OrgId, now: datetime) -> None:
        """The simulated organisation's instant moves."""
        async with transaction(self.db) as tx:
            await advance(tx, org, now=now)

    async def rows(self, table: Table, *where: Any) -> list[Any]:
        """Rows of a table."""
        async with reading(self.db) as tx:
            return list((await tx.execute(select(table).where(*where))).all())

    async def message(self, org: OrgId, **wanted: Any) -> Any:
        """The one message of the organisation with these values."""
        found = await self.rows(
            MESSAGE, MESSAGE.c.org_id == org, *(MESSAGE.c[name] == value for name, value in wanted.items())
        )
        assert len(found) == 1, found
        return found[0]

    async def make_due(self, org: OrgId) -> None:
        """As if the wait before the next attempt were over."""
        due = update(MESSAGE).where(MESSAGE.c.org_id == org, MESSAGE.c.state == "queued")
        async with transaction(self.db) as tx:
            await tx.execute(due.values(due_at=func.now() - text("interval '1 second'")))

    async def end_leases(self, org: OrgId) -> None:
        """As if the senders had been gone for longer than their leases."""
        held = update(MESSAGE).where(MESSAGE.c.org_id == org, MESSAGE.c.state == "sending")
        async with transaction(self.db) as tx:
            await tx.execute(held.values(leased_until=func.now() - text("interval '1 second'")))

    async def events(self, org: OrgId) -> list[tuple[str, dict[str, Any]]]:
        """Type and payload of what notify announced."""
        outbox = KERNEL.outbox
        async with reading(self.db) as tx:
            found = await tx.execute(
                select(outbox.c.type, text("payload::jsonb AS data"))
                .where(outbox.c.org_id == org)
                .order_by(outbox.c.seq)
            )
            return [(row.type, row.data if isinstance(row.data, dict) else json.loads(row.data)) for row in found]


def envelope(contract: Contract, *, org: OrgId, key: str, event_id: str | None = None) -> Envelope[Any]:
    return Envelope(
        id=EventId(event_id or new_id()),
        org=org,
        key=key,
        aggregate="case",
        aggregate_id=key,
        version=1,
        occurred_at=NINE,
        correlation_id="test",
        traceparent=None,
        data=contract,
    )


def registered(case_id: str, **changed: Any) -> CaseRegisteredV1:
    values: dict[str, Any] = {
        "case_id": case_id,
        "number": "C-00001",
        "case_type": "complaint",
        "channel": "web",
        "status": "open",
        "policy": PolicyRefV1(pack="small", version=1),
        "received_at": NINE,
        "first_responder": "chen",
        "owner": "clerk",
        "customer_ref": "C-1",
        "facts": {"severity": "normal"},
        "actor": CLERK,
    }
    return CaseRegisteredV1(**(values | changed))


def advanced(case_id: str, *milestones: str, **changed: Any) -> CaseAdvancedV1:
    values: dict[str, Any] = {
        "case_id": case_id,
        "number": "C-00001",
        "case_type": "complaint",
        "step": "accept",
        "milestones": list(milestones),
        "status": "open",
        "facts": {"severity": "normal"},
        "owner": "clerk",
        "first_responder": "chen",
        "actor": CLERK,
        "at": NINE,
    }
    return CaseAdvancedV1(**(values | changed))


@dataclass
class Mailbox:
    """A real SMTP server. `answers` are given to the next messages instead of taking them."""

    port: int = 0
    answers: list[str] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)
    sessions: dict[int, Any] = field(default_factory=dict)
    connections: list[tuple[asyncio.AbstractEventLoop, Any]] = field(default_factory=list)
    hold: threading.Event | None = None

    async def handle_DATA(self, server: SMTP, session: Any, received: Received) -> str:  # noqa: N802
        self.sessions[id(session)] = session  # kept, so that no other has its id
        self.connections.append((asyncio.get_running_loop(), server.transport))
        if self.answers:
            return self.answers.pop(0)
        self.mails.append(message_from_bytes(received.content or b"", policy=default))  # type: ignore[arg-type]
        while self.hold is not None and not self.hold.is_set():
            await asyncio.sleep(0.01)
        return "250 taken"

    async def hang_up(self) -> None:
        """The server closes the connections over which messages came."""
        for loop, transport in self.connections:
            loop.call_soon_threadsafe(transport.close)
        await until(lambda: all(transport.is_closing() for _, transport in self.connections))

    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mails]


@contextlib.contextmanager
def smtp_server(port: int) -> Iterator[Mailbox]:
    mailbox = Mailbox(port=port)
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield mailbox
    finally:
        if mailbox.hold is not None:
            mailbox.hold.set()
        controller.stop()


@contextlib.asynccontextmanager
async def couriers(mailbox: Mailbox, *, count: int = 1, connections: int = 4) -> AsyncIterator[list[Courier]]:
    """Senders as separate processes would have them: nothing shared."""
    server = MailServer.parse(f"smtp://127.0.0.1:{mailbox.port}", helo_name="localhost")
    mailers = [Mailer(server, connections=connections, timeout_seconds=5) for _ in range(count)]
    yield [
        Courier("email", sender=email.mail_sender(mailer, at_once=32, keys=LINK_KEYS), clock=SystemClock())
        for mailer in mailers
    ]
    for mailer in mailers:
        await mailer.close()


async def settle(db: Database, *senders: Courier) -> None:
    """Run senders until none has anything due or under way, however slowly the receivers answer."""
    while sum([await sender.run(db) + await sender.finish(db, seconds=PATIENCE) for sender in senders]):
        pass


async def until(condition: Callable[[], Awaitable[bool] | bool], *, seconds: float = 5.0) -> None:
    """Wait for something observed."""
    async with asyncio.timeout(seconds):
        while True:
            answer = condition()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(0.005)
