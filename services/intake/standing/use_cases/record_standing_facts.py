"""Rows of standing facts are recorded together; each is answered by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.intake.standing.rules import RowResult, Stated, decided
from services.intake.standing.store import add_records, hold_records, known_of
from shared.kernel.actor import Actor
from shared.kernel.ids import OrgId
from shared.packs.store import in_force
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordStandingFacts:
    """The rows in the order in which they are stated."""

    org: OrgId
    rows: Sequence[Stated]


async def record_standing_facts(
    tx: Transaction, cmd: RecordStandingFacts, *, actor: Actor, now: datetime
) -> list[RowResult]:
    """What became of each row. What is on record already is not recorded again, so that repeating changes nothing."""
    policies = await in_force(tx, org=cmd.org, at=now)
    declared = [fact for policy in policies for fact in policy.intake.standing]
    await hold_records(tx, org=cmd.org)
    known = await known_of(tx, [(row.of, row.valid_from) for row in cmd.rows], org=cmd.org)
    results, records = decided(cmd.rows, known, declared)
    await add_records(tx, records, org=cmd.org, by=actor.subject, now=now)
    return results
