"""Grant or reject a request for a later due instant."""

from dataclasses import dataclass
from datetime import date, datetime

from services.sla.clocks.announce import announced
from services.sla.clocks.store import clocks
from services.sla.clocks.use_cases.get_ruled_clock import get_ruled_clock
from services.sla.extensions import store
from services.sla.extensions.rules import extension as rules
from services.sla.extensions.rules.extension import Decision, Extension
from shared.kernel.actor import Actor
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction
from shared.platform.inbox.as_of import judged_as_of_case
from shared.platform.outbox.of_cases import append_of_cases


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideExtension:
    """The decision; without a due instant of its own it grants the proposed one."""

    org: OrgId
    extension_id: str
    approve: bool
    due_on: date | None
    due_at: datetime | None
    reason: str


async def decide_extension(tx: Transaction, cmd: DecideExtension, *, actor: Actor, now: datetime) -> Extension:
    """Store the decision; move the due instant when it is a grant. Raises NotFound and what the rule refuses."""
    requested = await store.get(tx, org=cmd.org, extension_id=cmd.extension_id)
    ruled = await get_ruled_clock(tx, org=cmd.org, clock_id=requested.clock_id, lock=True)
    requested = await store.get(tx, org=cmd.org, extension_id=cmd.extension_id)
    terms = rules.extension_terms(ruled.rule)
    async with judged_as_of_case(tx, org=cmd.org, case_id=ruled.clock.case_id):
        rules.require_decidable(requested, actor=actor, cite=terms.cite)
        rules.require_running(ruled.clock, cite=terms.cite)
    due_at = (
        rules.due_instant(on=cmd.due_on, at=cmd.due_at, calendar=ruled.calendar(), cite=ruled.rule.cite)
        or requested.proposed_due_at
    )
    decision = Decision(
        approve=cmd.approve, due_at=due_at, warn_at=ruled.warnings(due_at), reason=cmd.reason, actor=actor
    )
    decided, change = rules.decide_extension(
        ruled.clock, requested, decision, terms=terms, calendar=ruled.calendar(), now=now
    )
    await clocks.save(tx, [(ruled.clock, change.clock)])
    await store.save(tx, decided)
    await append_of_cases(tx, announced(change, occurred_at=now))
    return decided
