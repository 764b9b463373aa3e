"""Works out anew what is open on a case, in the transaction that changes the case or intake's copies of it."""

from datetime import datetime

from services.intake.dossier.store import load_case
from services.intake.tasks.rules import Rulebook, tasks_of
from services.intake.tasks.store import replace_tasks
from shared.contracts import topics
from shared.kernel.actor import SYSTEM
from shared.kernel.ids import CaseId, OrgId
from shared.platform.db.transaction import Transaction
from shared.platform.organisation_clock import organisation_now


async def refresh_published(tx: Transaction) -> None:
    """Refresh every case about which the transaction published; it holds their locks."""
    changed = {(OrgId(e.org), CaseId(e.key)) for e in tx.published.values() if e.topic == topics.INTAKE}
    for org, case_id in sorted(changed):
        await refresh_tasks(tx, org=org, case_id=case_id, now=await organisation_now(tx, org))


async def refresh_tasks(tx: Transaction, *, org: OrgId, case_id: CaseId, now: datetime, is_locked: bool = True) -> None:
    """Replace the tasks of the case; without `is_locked` it is locked first. Raises CaseUnknown."""
    loaded = await load_case(tx, org=org, case_id=case_id, lock=not is_locked)
    policy = loaded.policy
    rules = Rulebook(
        intake=policy.intake,
        sla=policy.sla,
        settlement=policy.settlement,
        notify=policy.notify,
        roles=policy.pack.roles,
    )
    tasks = tasks_of(loaded.dossier, rules, seen=loaded.seen_by(SYSTEM, now=now))
    await replace_tasks(tx, tasks, org=org, case_id=case_id)
