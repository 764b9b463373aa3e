"""What a case contributes to its pack's indicators, brought up to date with each event."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from services.sla.calendars.rules.from_pack import duration_of, prepared, round_the_clock, spec_of
from services.sla.cases.rules import Case, holds
from services.sla.cases.use_cases.follow_case import FollowedCase
from services.sla.indicators import store as figures
from services.sla.indicators.rules import Figure, Limit, Measured, figure
from shared.packs.language.expression import ExpressionFailed
from shared.packs.sla.model.indicators import Indicator
from shared.packs.store import Policy
from shared.platform.db.transaction import Transaction

_LOG: Final = structlog.get_logger()
_LONGEST_GROUP: Final = 200


async def count_case(tx: Transaction, followed: FollowedCase) -> None:
    """Store the figures that the event changes. The case is locked."""
    milestones = followed.event.milestones
    rules = [
        rule
        for rule in followed.policy.sla.indicators
        if not rule.events.isdisjoint(milestones) or (followed.facts_changed and rule.asks_facts)
    ]
    await recount(tx, followed.case, followed.policy, rules)


async def recount(tx: Transaction, case: Case, policy: Policy, rules: Sequence[Indicator]) -> int:
    """Work out these indicators' figures of the case anew and store those that differ; how many."""
    concerned = [rule for rule in rules if rule.is_about(case.case_type) and rule.measure.counted in case.milestones]
    if not concerned:
        return 0
    known = await figures.of_case(tx, org=case.org, case_id=case.case_id)
    changed = [found for found in _figures(case, policy, concerned, known) if found != known.get(found.indicator)]
    await figures.save(tx, changed)
    return len(changed)


def _figures(case: Case, policy: Policy, rules: list[Indicator], known: Mapping[str, Figure]) -> Iterator[Figure]:
    for rule in rules:
        counts = holds(rule.when, case, cite=rule.cite)
        found = figure(case, _measured(rule, policy), known.get(rule.id), counts=counts, groups=_groups(rule, case))
        if found is not None:
            yield found


def _measured(rule: Indicator, policy: Policy) -> Measured:
    measure = rule.measure
    return Measured(
        indicator=rule.id,
        counted=measure.counted,
        begun=measure.begun,
        done=measure.done,
        limit=_limit(rule, policy),
        zone=ZoneInfo(policy.pack.zone),
    )


def _limit(rule: Indicator, policy: Policy) -> Limit | None:
    within = rule.measure.within
    named = policy.sla.calendar(within.calendar) if within is not None else None
    if within is None or named is None:
        return None
    hours = prepared(spec_of(named, zone=policy.pack.zone))
    on_calendar = within.duration.unit.startswith("working_")
    return Limit(duration=duration_of(within.duration), calendar=hours if on_calendar else round_the_clock(hours))


def _groups(rule: Indicator, case: Case) -> tuple[str, ...]:
    """The groups that a count puts the case into; none when the value is absent or cannot be computed."""
    by = rule.measure.by
    if by is None:
        return ()
    try:
        value = by.value(case.context())
    except ExpressionFailed as failure:
        _LOG.warning("group_failed", case_id=case.case_id, cite=rule.cite, reason=failure.detail)
        return ()
    values = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(_name(each) for each in values if each is not None))


def _name(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return (format(value, "f") if isinstance(value, Decimal) else str(value))[:_LONGEST_GROUP]
