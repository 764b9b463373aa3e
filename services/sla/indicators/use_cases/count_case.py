"""What a case contributes to its pack's indicators, brought up to date with each event."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from services.sla.calendars.use_cases.pinned_calendars import calendars_of
from services.sla.cases.rules import Case
from services.sla.cases.use_cases.follow_case import FollowedCase
from services.sla.cases.use_cases.log_notes import log_notes
from services.sla.indicators import store
from services.sla.indicators.rules.count import IndicatorRules, changed_by, concerned, count
from shared.packs.sla.model.indicators import Indicator
from shared.packs.store import Policy
from shared.platform.db.transaction import Transaction


async def count_case(tx: Transaction, followed: FollowedCase) -> None:
    """Store the figures that the event changes. The case is locked."""
    policy = followed.policy
    rules = changed_by(policy.sla.indicators, followed.event.milestones, facts_changed=followed.facts_changed)
    await recount(tx, followed.case, policy, rules)


async def recount(tx: Transaction, case: Case, policy: Policy, rules: Sequence[Indicator]) -> int:
    """Work out these indicators' figures of the case anew and store those that differ; returns how many."""
    about = concerned(rules, case)
    if not about:
        return 0
    known = await store.of_case(tx, org=case.org, case_id=case.case_id)
    counted = count(
        case,
        known,
        IndicatorRules(rules=about, calendars=calendars_of(policy), zone=ZoneInfo(policy.pack.zone)),
    )
    await store.save(tx, counted.figures)
    log_notes(case, counted.notes)
    return len(counted.figures)
