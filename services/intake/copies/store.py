"""Intake's copies of what sla, settlement and notify published; an older event never overwrites a newer one."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import BigInteger, Boolean, Column, ForeignKeyConstraint, PrimaryKeyConstraint, Table, text
from sqlalchemy import Text as TextType
from sqlalchemy.dialects.postgresql import JSONB

from services.intake.cases.store.cases import instant_of, instant_or_none
from services.intake.cases.store.tables import CASE
from services.intake.copies.rules import (
    ClockChange,
    ClockCopy,
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
    instant_column("repeats_at", nullable=True),
    PrimaryKeyConstraint("org_id", "case_id", "message_id"),
    ForeignKeyConstraint(["org_id", "case_id"], [CASE.c.org_id, CASE.c.case_id]),
)


async def show_clock(tx: Transaction, change: ClockChange) -> None:
    """The clock as the event leaves it."""
    clock, pending = change.copy, change.copy.pending_extension
    stored = pending and {**_fields(pending), "proposed_due_at": instant_text(pending.proposed_due_at)}
    row = (
        *(clock.clock_id, clock.clock, clock.label_zh, clock.label_en, clock.state, clock.started_at, clock.due_at),
        *(clock.breached, clock.cite, stored and orjson.dumps(stored).decode()),
    )
    kept = [name in change.unchanged for name in ("state", "cite", "pending_extension")]
    await tx.rows(_SHOW_CLOCK, (change.org, change.case_id, change.version, *row, *kept))


_SHOW_CLOCK: Final = """
    INSERT INTO intake.clock_view AS kept (org_id, case_id, version, clock_id, clock, label_zh, label_en, state,
        started_at, due_at, breached, cite, pending_extension)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::text::jsonb)
    ON CONFLICT (org_id, case_id, clock_id) DO UPDATE SET version = excluded.version,
        started_at = excluded.started_at, due_at = excluded.due_at, breached = kept.breached OR excluded.breached,
        state = CASE WHEN $14::boolean THEN kept.state ELSE excluded.state END,
        cite = CASE WHEN $15::boolean THEN kept.cite ELSE excluded.cite END,
        pending_extension = CASE WHEN $16::boolean THEN kept.pending_extension ELSE excluded.pending_extension END
    WHERE excluded.version > kept.version
"""


async def show_remedy(tx: Transaction, change: RemedyChange) -> None:
    """The remedy as the event leaves it."""
    remedy = change.copy
    figures = [_stored_figure(name, figure) for name, figure in remedy.figures.items()]
    row = (
        *(remedy.remedy_id, remedy.remedy, remedy.mode, remedy.state, remedy.amount_minor, remedy.currency),
        *(remedy.quantity, remedy.unit, remedy.returned, remedy.released, remedy.cite, remedy.at),
        *(orjson.dumps(remedy.missing_approvals).decode(), orjson.dumps(figures).decode()),
    )
    kept = [name in change.unchanged for name in ("state", "missing_approvals")]
    await tx.rows(_SHOW_REMEDY, (change.org, change.case_id, change.version, *row, *kept))


_SHOW_REMEDY: Final = """
    INSERT INTO intake.remedy_view AS kept (org_id, case_id, version, remedy_id, remedy, mode, state, amount_minor,
        currency, quantity, unit, returned, released, cite, at, missing_approvals, figures)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16::text::jsonb, $17::text::jsonb)
    ON CONFLICT (org_id, case_id, remedy_id) DO UPDATE SET version = excluded.version,
        amount_minor = excluded.amount_minor, currency = excluded.currency, quantity = excluded.quantity,
        unit = excluded.unit, cite = excluded.cite, at = excluded.at, figures = excluded.figures,
        state = CASE WHEN $18::boolean THEN kept.state ELSE excluded.state END,
        missing_approvals = CASE WHEN $19::boolean THEN kept.missing_approvals ELSE excluded.missing_approvals END,
        returned = coalesce(excluded.returned, kept.returned), released = coalesce(excluded.released, kept.released)
    WHERE excluded.version > kept.version
"""


def _fields(pending: PendingExtension) -> dict[str, Any]:
    return {name: getattr(pending, name) for name in PendingExtension.__slots__}


def _stored_figure(name: str, figure: Figure) -> dict[str, Any]:
    amount = figure.amount and {"minor": figure.amount.minor, "currency": figure.amount.currency}
    label = {"zh": figure.label.zh, "en": figure.label.en}
    return {"id": name, "label": label, "value": figure.value, "amount": amount, "unit": figure.unit}


async def show_messages(tx: Transaction, changes: Sequence[MessageChange]) -> None:
    """Messages as the events leave them: one statement, because these come often."""
    columns = zip(*(_row(change) for change in changes), strict=True)
    await tx.rows(_SHOW_MESSAGES, tuple(map(list, columns)))


def _row(change: MessageChange) -> tuple[object, ...]:
    message = change.copy
    return (
        *(change.org, change.case_id, message.message_id, change.version, message.rule, message.on_event),
        *(message.recipient, message.channel, message.state, message.at, message.cite),
        *(message.handled_by, message.deliver_by, message.repeats_at),
    )


_SHOW_MESSAGES: Final = """
    INSERT INTO intake.message_view AS m (org_id, case_id, message_id, version, rule, on_event, recipient, channel,
        state, at, cite, handled_by, deliver_by, repeats_at)
    SELECT DISTINCT ON (org_id, case_id, message_id) *
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::text[], $10::timestamptz[], $11::text[], $12::text[], $13::timestamptz[],
        $14::timestamptz[])
    AS told (org_id, case_id, message_id, version, rule, on_event, recipient, channel, state, at, cite, handled_by,
        deliver_by, repeats_at)
    ORDER BY org_id, case_id, message_id, version DESC
    ON CONFLICT (org_id, case_id, message_id) DO UPDATE
        SET version = excluded.version, state = excluded.state, at = excluded.at, repeats_at = excluded.repeats_at
        WHERE excluded.version > m.version
"""


def message_of(item: Mapping[str, Any]) -> MessageCopy:
    """A message of PostgreSQL's JSON."""
    plain = {name: item[name] for name in MessageCopy.__slots__ if name not in {"at", "deliver_by", "repeats_at"}}
    return MessageCopy(
        **plain,
        at=instant_of(item["at"]),
        deliver_by=instant_or_none(item["deliver_by"]),
        repeats_at=instant_or_none(item["repeats_at"]),
    )


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
