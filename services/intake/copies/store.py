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
    func,
    text,
)
from sqlalchemy import Text as TextType
from sqlalchemy.dialects.postgresql import JSONB, Insert, insert

from services.intake.cases.rules.history import TimelineEntry
from services.intake.cases.store.cases import instant_of, instant_or_none
from services.intake.cases.store.tables import CASE
from services.intake.copies.rules import (
    ClockChange,
    ClockCopy,
    CopyChange,
    Figure,
    MessageChange,
    MessageCopy,
    PendingExtension,
    RemedyChange,
    RemedyCopy,
)
from services.intake.migrations.schema import METADATA
from shared.kernel.instants import instant_text
from shared.kernel.money import Money
from shared.kernel.text import Text
from shared.platform.db.tables import instant_column, uuid_column
from shared.platform.db.transaction import Transaction

CLOCK_COPY: Final = Table(
    "clock_view",
    METADATA,
    uuid_column("org_id"),
    uuid_column("case_id"),
    uuid_column("clock_id"),
    Column("version", BigInteger, nullable=False),
    Column("clock", TextType, nullable=False),
    Column("label_zh", TextType, nullable=False),
    Column("label_en", TextType, nullable=False),
    Column("state", TextType, nullable=False),
    instant_column("started_at"),
    instant_column("due_at"),
    Column("breached", Boolean, nullable=False),
    Column("cite", TextType, nullable=False),
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
    Column("remedy", TextType, nullable=False),
    Column("mode", TextType, nullable=False),
    Column("state", TextType, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", TextType, nullable=False),
    Column("quantity", TextType),
    Column("unit", TextType),
    Column("returned", TextType),
    Column("released", TextType),
    Column("cite", TextType, nullable=False),
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
    Column("rule", TextType, nullable=False),
    Column("on_event", TextType, nullable=False),
    Column("recipient", TextType, nullable=False),
    Column("channel", TextType, nullable=False),
    Column("state", TextType, nullable=False),
    instant_column("at"),
    Column("cite", TextType, nullable=False),
    Column("handled_by", TextType),
    instant_column("deliver_by", nullable=True),
    PrimaryKeyConstraint("org_id", "case_id", "message_id"),
    ForeignKeyConstraint(["org_id", "case_id"], [CASE.c.org_id, CASE.c.case_id]),
)


async def show_clock(tx: Transaction, change: ClockChange) -> None:
    """The clock as the event leaves it."""
    clock, table = change.copy, CLOCK_COPY
    pending = clock.pending_extension
    statement = insert(table).values(
        **_of_case(change),
        **{name: getattr(clock, name) for name in ClockCopy.__slots__ if name != "pending_extension"},
        pending_extension=pending and {**_fields(pending), "proposed_due_at": instant_text(pending.proposed_due_at)},
    )
    new = statement.excluded
    changed: dict[str, ColumnElement[Any]] = {
        **{name: new[name] for name in ("version", "started_at", "due_at")},
        **{name: new[name] for name in ("state", "cite", "pending_extension") if name not in change.unchanged},
        "breached": table.c.breached | new.breached,
    }
    await tx.execute(_newer(statement, table, "clock_id", changed))


async def show_remedy(tx: Transaction, change: RemedyChange) -> None:
    """The remedy as the event leaves it."""
    remedy, table = change.copy, REMEDY_COPY
    plain = {name for name in RemedyCopy.__slots__ if name not in {"figures", "missing_approvals"}}
    statement = insert(table).values(
        **_of_case(change),
        **{name: getattr(remedy, name) for name in plain},
        missing_approvals=list(remedy.missing_approvals),
        figures=[_stored_figure(name, figure) for name, figure in remedy.figures.items()],
    )
    new = statement.excluded
    taken = ("version", "amount_minor", "currency", "quantity", "unit", "cite", "at", "figures")
    changed: dict[str, ColumnElement[Any]] = {
        **{name: new[name] for name in taken},
        **{name: new[name] for name in ("state", "missing_approvals") if name not in change.unchanged},
        "returned": func.coalesce(new.returned, table.c.returned),
        "released": func.coalesce(new.released, table.c.released),
    }
    await tx.execute(_newer(statement, table, "remedy_id", changed))


def _of_case(change: CopyChange) -> dict[str, Any]:
    return {"org_id": change.org, "case_id": change.case_id, "version": change.version}


def _fields(pending: PendingExtension) -> dict[str, Any]:
    return {name: getattr(pending, name) for name in PendingExtension.__slots__}


def _stored_figure(name: str, figure: Figure) -> dict[str, Any]:
    amount = figure.amount and {"minor": figure.amount.minor, "currency": figure.amount.currency}
    label = {"zh": figure.label.zh, "en": figure.label.en}
    return {"id": name, "label": label, "value": figure.value, "amount": amount, "unit": figure.unit}


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
        $15::text[], $16::text[], $17::text[], $18::text[], $19::text[], $20::timestamptz[])
    AS told (org_id, case_id, message_id, version, rule, on_event, recipient, channel, state, at, cite, entry_id,
        recorded_at, what, label_zh, label_en, actor, details, handled_by, deliver_by)
), shown AS (
    INSERT INTO intake.message_view AS m (org_id, case_id, message_id, version, rule, on_event, recipient, channel,
        state, at, cite, handled_by, deliver_by)
    SELECT DISTINCT ON (org_id, case_id, message_id)
        org_id, case_id, message_id, version, rule, on_event, recipient, channel, state, at, cite, handled_by,
        deliver_by
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


async def show_messages(tx: Transaction, changes: Sequence[tuple[MessageChange, TimelineEntry]]) -> None:
    """Messages as the events leave them, and their lines of history: one statement, because these come often."""
    columns = zip(*(_row(change, entry) for change, entry in changes), strict=True)
    await tx.rows(_SHOW_MESSAGES, tuple(map(list, columns)))


def _row(change: MessageChange, entry: TimelineEntry) -> tuple[object, ...]:
    message = change.copy
    return (
        change.org,
        change.case_id,
        message.message_id,
        change.version,
        message.rule,
        message.on_event,
        message.recipient,
        message.channel,
        message.state,
        entry.at,
        message.cite,
        entry.entry_id,
        entry.recorded_at,
        entry.what,
        entry.label_zh,
        entry.label_en,
        entry.actor.subject,
        orjson.dumps(dict(entry.details)).decode(),
        message.handled_by,
        message.deliver_by,
    )


def message_of(item: Mapping[str, Any]) -> MessageCopy:
    """A message of PostgreSQL's JSON."""
    plain = {name: item[name] for name in MessageCopy.__slots__ if name not in {"at", "deliver_by"}}
    return MessageCopy(**plain, at=instant_of(item["at"]), deliver_by=instant_or_none(item["deliver_by"]))


def remedy_of(item: Mapping[str, Any]) -> RemedyCopy:
    fields = ("remedy_id", "remedy", "mode", "state", "amount_minor", "currency", "quantity", "unit")
    return RemedyCopy(
        **{name: item[name] for name in (*fields, "returned", "released", "cite")},
        at=instant_of(item["at"]),
        missing_approvals=tuple(item["missing_approvals"]),
        figures={figure["id"]: _figure_of(figure) for figure in item["figures"]},
    )


def _figure_of(item: Mapping[str, Any]) -> Figure:
    amount = item["amount"] and Money(minor=item["amount"]["minor"], currency=item["amount"]["currency"])
    return Figure(label=Text(**item["label"]), value=item["value"], amount=amount, unit=item["unit"])


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
