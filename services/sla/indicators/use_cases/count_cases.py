"""What cases contribute to their packs' indicators, brought up to date with their events."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from services.sla.calendars.use_cases.pinned_calendars import calendars_of
from services.sla.cases.rules import Case, CaseKey
from services.sla.cases.use_cases.follow_cases import FollowedCase
from services.sla.cases.use_cases.log_notes import log_notes
from services.sla.indicators import store
from services.sla.indicators.rules.count import IndicatorRules, changed_by, concerned, count
from services.sla.indicators.rules.figure import Figure
from shared.packs.sla.model.indicators import Indicator
from shared.packs.store import Policy
from shared.platform.db.transaction import Transaction
from shared.platform.observability.context import use


async def count_cases(tx: Transaction, followed: Sequence[FollowedCase]) -> None:
    """Store the figures that the events change. The cases are locked."""
    changing = [(one, about) for one in followed if (about := _concerned(one))]
    known = await store.of_cases(tx, {one.key for one, _ in changing})
    changed: list[Figure] = []
    for one, about in changing:
        own = known.setdefault(one.key, {})
        with use(one.cause):
            figures = _counted(one.case, own, one.policy, about)
        own |= {figure.indicator: figure for figure in figures}
        changed += figures
    await store.save(tx, changed)


async def recount(tx: Transaction, case: Case, policy: Policy, rules: Sequence[Indicator]) -> int:
    """Work out these indicators' figures of the case anew and store those that differ; returns how many."""
    about = concerned(rules, case)
    if not about:
        return 0
    key: CaseKey = case.org, case.case_id
    known = await store.of_cases(tx, {key})
    figures = _counted(case, known.get(key, {}), policy, about)
    await store.save(tx, figures)
    return len(figures)


def _concerned(one: FollowedCase) -> list[Indicator]:
    rules = changed_by(one.policy.sla.indicators, one.event.milestones, facts_changed=one.facts_changed)
    return concerned(rules, one.case)


def _counted(case: Case, known: Mapping[str, Figure], policy: Policy, about: Sequence[Indicator]) -> tuple[Figure, ...]:
    """The figures that differ from the known ones; what could not be worked out goes to the log."""
    rules = IndicatorRules(rules=about, calendars=calendars_of(policy), zone=ZoneInfo(policy.pack.zone))
    counted = count(case, known, rules)
    log_notes(case, counted.notes)
    return counted.figures
