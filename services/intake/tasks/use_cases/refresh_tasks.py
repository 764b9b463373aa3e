"""Works out anew what is open on cases and when their files are due, in the transaction that changes the cases."""

from collections.abc import Collection

from services.intake.cases.store.cases import lock_cases
from services.intake.dossier.store import LoadedCase, load_cases
from services.intake.tasks.rules import Rulebook, Task, tasks_of
from services.intake.tasks.store import replace_tasks
from services.intake.terms.use_cases.schedule_erasures import schedule_erasures
from shared.contracts import topics
from shared.kernel.actor import SYSTEM
from shared.kernel.ids import CaseId, OrgId
from shared.platform.db.transaction import Transaction
from shared.platform.organisation_clock import organisation_now


async def refresh_published(tx: Transaction) -> None:
    """Refresh every case about which the transaction published; it holds their locks."""
    await refresh_locked(tx, {(OrgId(e.org), CaseId(e.key)) for e in tx.published.values() if e.topic == topics.INTAKE})


async def refresh_tasks(tx: Transaction, keys: Collection[tuple[OrgId, CaseId]]) -> None:
    """Lock the cases, then replace their tasks. Raises CaseUnknown."""
    await lock_cases(tx, keys)
    await refresh_locked(tx, keys)


async def refresh_locked(tx: Transaction, keys: Collection[tuple[OrgId, CaseId]]) -> None:
    """Replace the tasks of cases that the transaction has locked, with two statements for all of them."""
    if not keys:
        return
    loaded = await load_cases(tx, keys)
    await replace_tasks(tx, {(one.case.org, one.case.case_id): await _tasks(tx, one) for one in loaded})
    await schedule_erasures(tx, loaded)


async def _tasks(tx: Transaction, loaded: LoadedCase) -> list[Task]:
    policy = loaded.policy
    rules = Rulebook(
        intake=policy.intake,
        sla=policy.sla,
        settlement=policy.settlement,
        notify=policy.notify,
        roles=policy.pack.roles,
    )
    now = await organisation_now(tx, loaded.case.org)
    return tasks_of(loaded.dossier, rules, seen=loaded.seen_by(SYSTEM, now=now))
