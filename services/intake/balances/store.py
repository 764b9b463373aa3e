"""Bookings on balances: written once and never changed; a correction is a booking of its own.

A key is stored as its hash, as it often is the reference of a customer: a purged case leaves the amount and no name.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Boolean, Column, ForeignKeyConstraint, Index, Numeric, PrimaryKeyConstraint, Table, Text

from services.intake.balances.rules.balance import Booking, plain
from services.intake.balances.rules.spans import Span
from services.intake.migrations.schema import METADATA
from shared.kernel.actor import Actor
from shared.kernel.ids import CaseId, OrgId, new_id
from shared.platform.db.tables import instant_column, uuid_column
from shared.platform.db.transaction import Transaction

BALANCE_ENTRY: Final = Table(
    "balance_entry",
    METADATA,
    uuid_column("org_id"),
    uuid_column("entry_id"),
    Column("pack", Text, nullable=False),
    Column("balance", Text, nullable=False),
    Column("key", Text, nullable=False),
    instant_column("counts_at"),
    Column("amount", Numeric(27, 9), nullable=False),
    Column("reverses", Boolean, nullable=False),
    uuid_column("case_id"),
    Column("step", Text, nullable=False),
    instant_column("recorded_at"),
    Column("recorded_by", Text, nullable=False),
    PrimaryKeyConstraint("org_id", "entry_id"),
    ForeignKeyConstraint(["org_id", "case_id"], ["intake.case_file.org_id", "intake.case_file.case_id"]),
    Index("ix_balance_entry_key", "org_id", "pack", "balance", "key", "counts_at", postgresql_include=["amount"]),
    Index("ix_balance_entry_case", "org_id", "case_id"),
)

Place = tuple[str, str]
"""A balance and the hash of a key."""


async def hold_balances(tx: Transaction, places: Collection[Place], *, org: OrgId, pack: str) -> None:
    """Hold them against all others that read or book them, in one order for all transactions."""
    await tx.rows(_HOLD, (org, pack, [balance for balance, _ in places], [key for _, key in places]))


_HOLD: Final = """
    SELECT pg_advisory_xact_lock(held) FROM (
        SELECT hashtextextended($1::text || '/balance/' || $2::text || '/' || w.balance || '/' || w.key, 0) AS held
        FROM unnest($3::text[], $4::text[]) AS w (balance, key) ORDER BY 1 OFFSET 0
    ) s
"""


async def used_in(
    tx: Transaction, wanted: Sequence[tuple[Place, Span]], *, org: OrgId, pack: str
) -> Mapping[tuple[Place, Span], Decimal]:
    """What was used of each balance in each period."""
    columns = (
        [balance for (balance, _), _ in wanted],
        [key for (_, key), _ in wanted],
        [span.starts_at for _, span in wanted],
        [span.ends_at for _, span in wanted],
    )
    rows = await tx.rows(_USED, (org, pack, *columns))
    return {wanted[place - 1]: plain(used) for place, used in rows}


_USED: Final = """
    SELECT w.place::int, coalesce((
        SELECT sum(e.amount) FROM intake.balance_entry e
        WHERE e.org_id = $1::uuid AND e.pack = $2::text AND e.balance = w.balance AND e.key = w.key
          AND e.counts_at >= coalesce(w.starts, '-infinity') AND e.counts_at < coalesce(w.ends, 'infinity')
    ), 0)
    FROM unnest($3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[])
        WITH ORDINALITY AS w (balance, key, starts, ends, place)
"""


async def booked_by(tx: Transaction, balances: Collection[str], *, org: OrgId, case_id: CaseId) -> tuple[Booking, ...]:
    """What the case has booked on these balances, net, by key and instant."""
    rows = await tx.rows(_OWN, (org, case_id, list(balances)))
    return tuple(
        Booking(balance=balance, key=key, counts_at=counts_at, amount=plain(amount))
        for balance, key, counts_at, amount in rows
    )


_OWN: Final = """
    SELECT balance, key, counts_at, sum(amount) FROM intake.balance_entry
    WHERE org_id = $1::uuid AND case_id = $2::uuid AND balance = ANY($3::text[])
    GROUP BY balance, key, counts_at HAVING sum(amount) <> 0
"""


async def add_bookings(
    tx: Transaction,
    found: Sequence[Booking],
    *,
    place: tuple[OrgId, CaseId, str],
    step: str,
    by: Actor,
    now: datetime,
) -> None:
    """Insert them; `place` is organisation, case and pack."""
    if not found:
        return
    org, case_id, pack = place
    columns = (
        [new_id() for _ in found],
        [each.balance for each in found],
        [each.key for each in found],
        [each.counts_at for each in found],
        [each.amount for each in found],
        [each.reverses for each in found],
    )
    await tx.rows(_ADD, (org, case_id, pack, step, now, by.subject, *columns))


_ADD: Final = """
    INSERT INTO intake.balance_entry (org_id, case_id, pack, step, recorded_at, recorded_by, entry_id, balance, key,
        counts_at, amount, reverses)
    SELECT $1::uuid, $2::uuid, $3::text, $4::text, $5::timestamptz, $6::text, e.*
    FROM unnest($7::uuid[], $8::text[], $9::text[], $10::timestamptz[], $11::numeric[], $12::boolean[]) AS e
"""


async def first_booked(
    tx: Transaction, balances: Collection[str], *, key: str, org: OrgId, pack: str
) -> Mapping[str, datetime]:
    """Of these balances of a key, the instant of the earliest booking; nothing of those without one."""
    rows = await tx.rows(_FIRST, (org, pack, key, list(balances)))
    return {balance: first for balance, first in rows if first is not None}


_FIRST: Final = """
    SELECT w.balance, (
        SELECT min(e.counts_at) FROM intake.balance_entry e
        WHERE e.org_id = $1::uuid AND e.pack = $2::text AND e.balance = w.balance AND e.key = $3::text
    )
    FROM unnest($4::text[]) AS w (balance)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """A booking as it is stored."""

    entry_id: str
    pack: str
    booking: Booking
    case_id: CaseId
    step: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedEntries:
    """Bookings of one balance and the hash of a key; of each pack those that count in the span."""

    balance: str
    key: str
    spans: Sequence[tuple[str, Span]]


async def entries_page(
    tx: Transaction, wanted: WantedEntries, *, org: OrgId, after: tuple[datetime, str] | None, limit: int
) -> list[EntryRow]:
    """Bookings in the order of the instants in whose periods they count, beyond `after`."""
    at, entry_id = after or (None, None)
    packs = [pack for pack, _ in wanted.spans]
    starts, ends = ([getattr(span, name) for _, span in wanted.spans] for name in ("starts_at", "ends_at"))
    place = (org, wanted.balance, wanted.key, packs, starts, ends, at, entry_id, limit)
    return [_entry(row) for row in await tx.rows(_ENTRIES, place)]


def _entry(row: Sequence[Any]) -> EntryRow:
    entry_id, pack, balance, key, amount, counts_at, reverses, case_id, step, recorded_at, recorded_by = row
    booking = Booking(balance=balance, key=key, amount=plain(amount), counts_at=counts_at, reverses=reverses)
    return EntryRow(
        entry_id=str(entry_id),
        pack=pack,
        booking=booking,
        case_id=CaseId(str(case_id)),
        step=step,
        recorded_at=recorded_at,
        recorded_by=recorded_by,
    )


_ENTRIES: Final = """
    SELECT e.entry_id, e.pack, e.balance, e.key, e.amount, e.counts_at, e.reverses, e.case_id, e.step, e.recorded_at,
        e.recorded_by
    FROM unnest($4::text[], $5::timestamptz[], $6::timestamptz[]) AS w (pack, starts, ends)
    JOIN intake.balance_entry e ON e.org_id = $1::uuid AND e.pack = w.pack AND e.balance = $2::text
        AND e.key = $3::text
        AND e.counts_at >= coalesce(w.starts, '-infinity') AND e.counts_at < coalesce(w.ends, 'infinity')
    WHERE $7::timestamptz IS NULL OR (e.counts_at, e.entry_id) > ($7::timestamptz, $8::uuid)
    ORDER BY e.counts_at, e.entry_id LIMIT $9::int
"""
