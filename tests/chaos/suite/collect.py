"""Collects the books of a run from outside: SQL, Kafka, the APIs, and what the sinks have on disk."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from operate.runtime.databases import SERVICES
from operate.sinks.book import Book
from shared.contracts.catalogue import CATALOGUE
from tests.bench.whole import Load
from tests.chaos.suite import rows
from tests.chaos.suite.books import Accepted, Books, Case, Payment, Record, Row, Timing
from tests.chaos.suite.faults import Played, Restart
from tests.chaos.suite.system import System
from tests.chaos.suite.views import view_of
from tests.support.event_log import all_records

_AT_ONCE: Final = 8
_MESSAGE_HEADER: Final = "X-Redress-Message"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What only the run itself knows."""

    accepted: tuple[Accepted, ...]
    failed: tuple[str, ...]
    undisturbed: frozenset[str]
    played: tuple[Played, ...]
    restarts: tuple[Restart, ...]
    timing: Timing
    ended_by_themselves: tuple[str, ...] = field(default=())


async def collect(system: System, load: Load, told: Told, connection: Any) -> Books:
    """The books of a run that is over, while everything still runs; `connection` is the administrator's."""
    pack = load.scenario.pack.valid()
    shared = frozenset(fact.id for fact in pack.intake.facts if fact.shared)
    cases = {case.case_id: case for case in await rows.cases(connection, shared=shared)}
    payments, mails = read_payments(Book(system.books["erp"])), read_mails(Book(system.books["mail"]))
    return Books(
        accepted=told.accepted,
        failed=told.failed,
        cases=cases,
        copies={service: await rows.copies(connection, service) for service in ("sla", "settlement", "notify")},
        awaited=pack.sla.awaits,
        events=await rows.events(connection),
        records=tuple(
            Record(topic=topic, partition=partition, offset=offset, id=headers["ce_id"])
            for topic, partition, offset, headers in await all_records(system.stack)
        ),
        heard={event.contract.TYPE: frozenset(event.heard_by) for event in CATALOGUE},
        inbox={service: await rows.inbox(connection, service) for service in SERVICES},
        payments=payments,
        payouts=await rows.payouts(connection),
        ledger=await rows.ledger(connection),
        messages=await rows.messages(connection),
        mails=mails,
        clocks=await rows.clocks(connection),
        views=await _views(load, cases),
        undisturbed=told.undisturbed,
        left=await rows.left(connection) | Counter(f"{name} ended by itself" for name in told.ended_by_themselves),
        played=told.played,
        restarts=told.restarts,
        timing=told.timing,
    )


async def _views(load: Load, cases: Mapping[str, Case]) -> dict[str, Row]:
    """What the APIs show of each case, some cases at a time."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def seen(case: Case) -> Row:
        async with turns:
            return await _view(load, case.org, case.case_id)

    return dict(zip(cases, await asyncio.gather(*map(seen, cases.values())), strict=True))


async def _view(load: Load, organisation: str, case_id: str) -> Row:
    session = load.session(organisation)
    page = await session.operate("intake", "GET", f"/v1/cases/{case_id}")
    return view_of(
        page,
        timeline=await session.items("intake", f"/v1/cases/{case_id}/timeline"),
        clocks=await session.items("sla", f"/v1/cases/{case_id}/clocks"),
        remedies=await session.items("settlement", f"/v1/cases/{case_id}/remedies"),
        messages=await session.items("notify", f"/v1/cases/{case_id}/messages"),
    )


def read_payments(book: Book) -> tuple[Payment, ...]:
    """The payments of the ERP's book, and those that it forgot."""
    return tuple(
        Payment(
            kind=entry["kind"],
            key=entry["payment"]["payment_key"],
            minor=entry["payment"]["amount_minor"],
            currency=entry["payment"]["currency"],
        )
        for entry in book.entries("payment", "forgotten")
    )


def read_mails(book: Book) -> Mapping[str, int]:
    """How many mails of each message the server took, those included that it lost."""
    return Counter(entry["headers"][_MESSAGE_HEADER] for entry in book.entries("mail", "lost_mail"))
