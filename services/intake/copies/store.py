"""Intake's copies of what sla, settlement and notify published; an older event never overwrites a newer one."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    ForeignKeyConstraint,
    PrimaryKeyConstraint,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, Insert, insert

from services.intake.cases.rules.history import TimelineEntry
from services.intake.cases.store.cases import instant_of
from services.intake.cases.store.tables import CASE
from services.intake.copies.rules import (
    ClockCopy,
    PendingExtension,
    RemedyCopy,
    clock_state,
    decides_extension,
    missing_approvals,
    pending_extension,
)
from services.intake.migrations.schema import METADATA
from shared.contracts.catalogue import EVENTS
from shared.contracts.envelope import Envelope
from shared.contracts.notify import MessageFacts
from shared.contracts.settlement import FigureV1, RemedyFacts, RemedyGoodsReturnedV1, RemedyReplacementReleasedV1
from shared.contracts.sla import ClockBreachedV1, ClockFacts, ExtensionRejectedV1, ExtensionRequestedV1
from shared.platform.db.tables import instant_column, uuid_column
from shared.platform.db.transaction import Transaction

CLOCK_COPY: Final = Table(
    "clock_view",
    METADATA,
    uuid_column("org_id"),
    uuid_column("case_id"),
    uuid_column("clock_id"),
    Column("version", BigInteger, nullable=False),
    Column("clock", Text, nullable=False),
    Column("label_zh", Text, nullable=False),
    Column("label_en", Text, nullable=False),
    Column("state", Text, nullable=False),
    instant_column("started_at"),
    instant_column("due_at"),
    Column("breached", Boolean, nullable=False),
    Column("cite", Text, nullable=False),
    Column("pending_extension", JSONB),
    PrimaryKeyConstraint("org_id", "case_id", "clock_id"),
    ForeignKeyConstraint(["org_id", "case_id"], [CASE.c.org_id, CASE.c.case_id]),
)

REMEDY_COPY: Final = Table(
    "remedy_view",
    METADATA,
    uuid_column("org_id"),
    uuid_column("case_id"),
    uuid_column("remedy_id"),
    Column("version", BigInteger, nullable=False),
    Column("remedy", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("quantity", Text),
    Column("unit", Text),
    Column("returned", Text),
    Column("released", Text),
    Column("cite", Text, nullable=False),
    instant_column("at"),
    Column("missing_approvals", JSONB, nullable=False, server_default=text("'[]'")),
    Column("figures", JSONB, nullable=False, server_default=text("'[]'")),
    PrimaryKeyConstraint("org_id", "case_id", "remedy_id"),
    ForeignKeyConstraint(["org_id", "case_id"], [CASE.c.org_id, CASE.c.case_id]),
)

MESSAGE_COPY: Final = Table(
    "message_view",
    METADATA,
    uuid_column("org_id"),
    uuid_column("case_id"),
    uuid_column("message_id"),
    Column("version", BigInteger, nullable=False),
    Column("rule", Text, nullable=False),
    Column("on_event", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("state", Text, nullable=False),
    instant_column("at"),
    Column("cite", Text, nullable=False),
    PrimaryKeyConstraint("org_id", "case_id", "message_id"),
    ForeignKeyConstraint(["org_id", "case_id"], [CASE.c.org_id, CASE.c.case_id]),
)


async def show_clock(tx: Transaction, event: Envelope[Any], clock: ClockFacts) -> None:
    """The clock as this event leaves it."""
    state = clock_state(clock)
    table = CLOCK_COPY.c
    statement = insert(CLOCK_COPY).values(
        org_id=event.org,
        case_id=clock.case_id,
        clock_id=clock.clock_id,
        version=event.version,
        clock=clock.clock,
        label_zh=clock.label.zh,
        label_en=clock.label.en,
        state=state or "running",
        started_at=clock.started_at,
        due_at=clock.due_at,
        breached=isinstance(clock, ClockBreachedV1),
        cite=clock.cite,
        pending_extension=pending_extension(clock),
    )
    new = statement.excluded
    changed: dict[str, ColumnElement[Any]] = {
        **{name: new[name] for name in ("version", "started_at", "due_at")},
        "state": new.state if state else table.state,
        "breached": table.breached | new.breached,
        # The rule of a request is that of extending; what the clock is due under stays until one is granted.
        "cite": table.cite if isinstance(clock, ExtensionRequestedV1 | ExtensionRejectedV1) else new.cite,
    }
    if decides_extension(clock):
        changed["pending_extension"] = new.pending_extension
    await tx.execute(_newer(statement, CLOCK_COPY, "clock_id", changed))


async def show_remedy(tx: Transaction, event: Envelope[Any], remedy: RemedyFacts) -> None:
    """The remedy as this event leaves it."""
    state = EVENTS[type(remedy)].state
    table = REMEDY_COPY.c
    statement = insert(REMEDY_COPY).values(
        org_id=event.org,
        case_id=remedy.case_id,
        remedy_id=remedy.remedy_id,
        version=event.version,
        remedy=remedy.remedy,
        mode=remedy.mode,
        state=state or "quoted",
        amount_minor=remedy.amount.minor,
        currency=remedy.amount.currency,
        quantity=remedy.quantity,
        unit=remedy.unit,
        returned=remedy.returned if isinstance(remedy, RemedyGoodsReturnedV1) else None,
        released=remedy.released if isinstance(remedy, RemedyReplacementReleasedV1) else None,
        cite=remedy.cite,
        at=event.occurred_at,
        missing_approvals=missing_approvals(remedy),
        figures=[{"id": name, **figure.model_dump(mode="json")} for name, figure in remedy.figures.items()],
    )
    new = statement.excluded
    changed: dict[str, ColumnElement[Any]] = {
        **{
            name: new[name]
            for name in ("version", "amount_minor", "currency", "quantity", "unit", "cite", "at", "figures")
        },
        "state": new.state if state else table.state,
        "missing_approvals": new.missing_approvals if state else table.missing_approvals,
        "returned": func.coalesce(new.returned, table.returned),
        "released": func.coalesce(new.released, table.released),
    }
    await tx.execute(_newer(statement, REMEDY_COPY, "remedy_id", changed))


def _newer(statement: Insert, table: Table, key: str, changed: Mapping[str, ColumnElement[Any]]) -> Insert:
    return statement.on_conflict_do_update(
        index_elements=[table.c.org_id, table.c.case_id, table.c[key]],
        set_=changed,
        where=statement.excluded.version > table.c.version,
    )


_SHOW_MESSAGES: Final = """
WITH told AS (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::text[], $7::text[],
        $8::text[], $9::text[], $10::timestamptz[], $11::text[], $12::uuid[], $13::timestamptz[], $14::text[],
        $15::text[], $16::text[], $17::text[], $18::text[])
    AS told (org_id, case_id, message_id, version, rule, on_event, recipient, channel, state, at, cite, entry_id,
        recorded_at, what, label_zh, label_en, actor, details)
), shown AS (
    INSERT INTO intake.message_view AS m (org_id, case_id, message_id, version, rule, on_event, recipient, channel,
        state, at, cite)
    SELECT DISTINCT ON (org_id, case_id, message_id)
        org_id, case_id, message_id, version, rule, on_event, recipient, channel, state, at, cite
    FROM told ORDER BY org_id, case_id, message_id, version DESC
    ON CONFLICT (org_id, case_id, message_id) DO UPDATE
        SET version = excluded.version, state = excluded.state, at = excluded.at WHERE excluded.version > m.version
)
INSERT INTO intake.timeline_entry (org_id, case_id, entry_id, at, recorded_at, source, what, label_zh, label_en, actor,
    actor_roles, cite, milestone, details)
SELECT org_id, case_id, entry_id, at, recorded_at, 'notify', what, label_zh, label_en, actor, '[]', cite, false,
    details::jsonb
FROM told
ON CONFLICT DO NOTHING
"""


async def show_messages(tx: Transaction, told: Sequence[tuple[Envelope[Any], TimelineEntry]]) -> None:
    """Messages as these events leave them, and their lines of history: one statement, because these come often."""
    columns = zip(*(_told(event, entry) for event, entry in told), strict=True)
    await tx.rows(_SHOW_MESSAGES, tuple(map(list, columns)))


def _told(event: Envelope[Any], entry: TimelineEntry) -> tuple[object, ...]:
    message: MessageFacts = event.data
    return (
        event.org,
        message.case_id,
        message.message_id,
        event.version,
        message.rule,
        message.on,
        message.recipient,
        message.channel,
        EVENTS[type(message)].state,
        entry.at,
        message.cite,
        entry.entry_id,
        entry.recorded_at,
        entry.what,
        entry.label_zh,
        entry.label_en,
        entry.actor.subject,
        orjson.dumps(dict(entry.details)).decode(),
    )


def remedy_of(item: Mapping[str, Any]) -> RemedyCopy:
    fields = ("remedy_id", "remedy", "mode", "state", "amount_minor", "currency", "quantity", "unit")
    return RemedyCopy(
        **{name: item[name] for name in (*fields, "returned", "released", "cite")},
        at=instant_of(item["at"]),
        missing_approvals=tuple(item["missing_approvals"]),
        figures={figure["id"]: FigureV1.model_validate(figure) for figure in item["figures"]},
    )


def clock_of(item: Mapping[str, Any]) -> ClockCopy:
    fields = ("clock_id", "clock", "label_zh", "label_en", "state", "breached", "cite")
    return ClockCopy(
        **{name: item[name] for name in fields},
        started_at=instant_of(item["started_at"]),
        due_at=instant_of(item["due_at"]),
        pending_extension=_pending_of(item["pending_extension"]),
    )


def _pending_of(item: Mapping[str, Any] | None) -> PendingExtension | None:
    if item is None:
        return None
    return PendingExtension(**{**item, "proposed_due_at": instant_of(item["proposed_due_at"])})
