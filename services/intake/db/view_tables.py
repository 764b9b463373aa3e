"""Tables of what intake copies from sla, settlement and notify for the case page."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from shared.platform.db.tables import instant_column, uuid_column

_OF_CASE: Final = (["org_id", "case_id"], ["intake.case_file.org_id", "intake.case_file.case_id"])


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewTables:
    """Clocks, remedies and messages as the other services' events last left them."""

    clock: Table
    remedy: Table
    message: Table


def view_tables(metadata: MetaData) -> ViewTables:
    """Attach them to intake's metadata."""
    return ViewTables(clock=_clock(metadata), remedy=_remedy(metadata), message=_message(metadata))


def _clock(metadata: MetaData) -> Table:
    return Table(
        "clock_view",
        metadata,
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
        ForeignKeyConstraint(*_OF_CASE),
    )


def _remedy(metadata: MetaData) -> Table:
    return Table(
        "remedy_view",
        metadata,
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
        ForeignKeyConstraint(*_OF_CASE),
    )


def _message(metadata: MetaData) -> Table:
    return Table(
        "message_view",
        metadata,
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
        ForeignKeyConstraint(*_OF_CASE),
    )
