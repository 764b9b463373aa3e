"""What was booked on one balance of one subject."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.intake.balances.rules.balance import hashed
from services.intake.balances.rules.spans import ALWAYS, Span, span_at, span_named
from services.intake.balances.store import EntryRow, WantedEntries, entries_page
from shared.kernel.ids import OrgId
from shared.packs.store import Policy, in_force
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntries:
    """Of the balance `name` of one subject (`key`), of which pack and period; of all where these are None."""

    org: OrgId
    key: str
    name: str
    pack: str | None
    period: str | None
    after: tuple[datetime, str] | None
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A booking, and the label of the period in which it counts."""

    row: EntryRow
    period: str


async def list_entries(tx: Transaction, cmd: ListEntries, *, now: datetime) -> list[Entry]:
    """In the order of the instants in whose periods they count, of the packs in force that have the balance."""
    policies = {
        policy.name: policy
        for policy in await in_force(tx, org=cmd.org, at=now)
        if cmd.pack in (None, policy.name) and any(each.id == cmd.name for each in policy.intake.balances)
    }
    spans = [(name, span) for name, policy in policies.items() if (span := _asked(cmd, policy)) is not None]
    wanted = WantedEntries(balance=cmd.name, key=hashed(cmd.key), spans=spans)
    rows = await entries_page(tx, wanted, org=cmd.org, after=cmd.after, limit=cmd.limit)
    return [Entry(row=row, period=_span(cmd, policies[row.pack], row.booking.counts_at).label) for row in rows]


def _asked(cmd: ListEntries, policy: Policy) -> Span | None:
    """The span that is asked for; None where the balance of the pack has no such period."""
    if cmd.period is None:
        return ALWAYS
    every = next(each.every for each in policy.intake.balances if each.id == cmd.name)
    return span_named(every, cmd.period, zone=ZoneInfo(policy.pack.zone))


def _span(cmd: ListEntries, policy: Policy, at: datetime) -> Span:
    every = next(each.every for each in policy.intake.balances if each.id == cmd.name)
    return span_at(every, at, zone=ZoneInfo(policy.pack.zone))
