"""A drawn case is given to its role, once: a case is opened for it, or a step on it becomes a task."""

from datetime import datetime

from services.intake.cases.rules.case import present
from services.intake.cases.rules.errors import CasePurged
from services.intake.dossier.store import load_case
from services.intake.links.use_cases.open_linked import OpenLinked, open_linked
from services.intake.samples.rules import Draw, DrawnByLaterRule, opening
from services.intake.samples.store.draws import Waiting, claim_waiting, settle_waiting
from services.intake.tasks.use_cases.refresh_tasks import refresh_tasks
from services.intake.workflow.use_cases.follow_links import EventReached, follow_links
from shared.kernel.actor import SYSTEM
from shared.kernel.errors import ServiceError, Unavailable
from shared.kernel.ids import CaseId, new_id
from shared.kernel.periods import Every, Period
from shared.packs.intake.model.samples import SampleRule
from shared.packs.store import pinned
from shared.platform.db.transaction import Transaction, savepoint
from shared.platform.observability.logging import logger
from shared.platform.organisation_clock import organisation_now


async def give_drawn(tx: Transaction) -> bool:
    """Settle one drawn case that waits; False when none does."""
    waiting = await claim_waiting(tx)
    if waiting is None:
        return False
    now = await organisation_now(tx, waiting.org)
    given, code = None, None
    try:
        async with savepoint(tx):
            given = await _given(tx, waiting, now=now)
    except Unavailable:
        raise
    except ServiceError as refusal:
        code = refusal.code
        named = f"{waiting.sample} {waiting.period} {waiting.case_id}"
        logger().error("sample.case_refused", org=waiting.org, pack=waiting.pack, key=named, code=code)
    await settle_waiting(tx, waiting, at=now, given_id=given, code=code)
    await refresh_tasks(tx, [(waiting.org, CaseId(waiting.case_id))])
    return True


async def _given(tx: Transaction, waiting: Waiting, *, now: datetime) -> str:
    """The id of the case that was opened, or one of this instant where a step is to be taken."""
    policy = await pinned(tx, org=waiting.org, pack=waiting.pack, version=waiting.policy_version)
    rule = policy.intake.timed_by_id.get(waiting.sample)
    if not isinstance(rule, SampleRule):
        raise DrawnByLaterRule
    loaded = await load_case(tx, org=waiting.org, case_id=CaseId(waiting.case_id), lock=True)
    if loaded.case.is_purged:
        raise CasePurged(cite=rule.cite)
    now = present(loaded.case, now)
    seen = {**loaded.seen_by(SYSTEM, now=now), **_draw(waiting, rule.every).seen()}
    wanted = opening(rule, loaded.section, seen=seen)
    if wanted is None:
        return new_id()
    elsewhere = tuple(reached.name for reached in loaded.dossier.reached_elsewhere)
    cmd = OpenLinked(parent=loaded.case, elsewhere=elsewhere, openings=(wanted,), at=waiting.ends_at)
    (linked,) = await open_linked(tx, cmd, loaded.policy, actor=SYSTEM, now=now)
    opened = EventReached(org=waiting.org, case_id=CaseId(linked.case_id), event="case.registered", at=waiting.ends_at)
    await follow_links(tx, [opened], loaded.policy, now=now)
    return linked.case_id


def _draw(waiting: Waiting, every: Every) -> Draw:
    period = Period(every=every, label=waiting.period, starts_at=waiting.starts_at, ends_at=waiting.ends_at)
    return Draw(period=period, population=waiting.population, size=waiting.drawn)
