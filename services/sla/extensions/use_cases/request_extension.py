"""Request a later due instant."""

from dataclasses import dataclass
from datetime import date, datetime

from services.sla.clocks.announce import announced
from services.sla.clocks.store import clocks
from services.sla.clocks.use_cases.get_ruled_clock import get_ruled_clock
from services.sla.extensions import store
from services.sla.extensions.rules import extension as rules
from services.sla.extensions.rules.errors import DueRequired
from services.sla.extensions.rules.extension import Extension, Request
from shared.kernel.actor import Actor
from shared.kernel.ids import OrgId, new_id
from shared.platform.db.transaction import Transaction
from shared.platform.inbox.as_of import judged_as_of_case
from shared.platform.outbox.of_cases import append_of_cases


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestExtension:
    """The new due instant is given as such, or as a day, which ends at its last closing."""

    org: OrgId
    clock_id: str
    opinion: str
    evidence: tuple[str, ...]
    proposed_due_on: date | None
    proposed_due_at: datetime | None


async def request_extension(tx: Transaction, cmd: RequestExtension, *, actor: Actor, now: datetime) -> Extension:
    """Store the request and announce it to the approver. The due instant does not move."""
    ruled = await get_ruled_clock(tx, org=cmd.org, clock_id=cmd.clock_id, lock=True)
    terms = rules.extension_terms(ruled.rule)
    async with judged_as_of_case(tx, org=cmd.org, case_id=ruled.clock.case_id):
        rules.require_running(ruled.clock, cite=terms.cite)
    proposed = rules.due_instant(
        on=cmd.proposed_due_on, at=cmd.proposed_due_at, calendar=ruled.calendar(), cite=ruled.rule.cite
    )
    if proposed is None:
        raise DueRequired(cite=terms.cite)
    request = Request(
        extension_id=new_id(), opinion=cmd.opinion, evidence=cmd.evidence, proposed_due_at=proposed, actor=actor
    )
    earlier = await store.of_clock(tx, org=cmd.org, clock_id=cmd.clock_id)
    extension, change = rules.request_extension(
        ruled.clock, request, terms=terms, earlier=earlier, calendar=ruled.calendar(), now=now
    )
    await clocks.save(tx, [(ruled.clock, change.clock)])
    await store.add(tx, extension)
    await append_of_cases(tx, announced(change, occurred_at=now))
    return extension
