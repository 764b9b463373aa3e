"""Looks at other cases for one decision.

The values that are looked by are held first and read afterwards: of two transactions that look at each other's cases
the second one sees what the first one committed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.intake.looks.rules import Answer, Answers, Looker, answered, earliest, require_filled
from services.intake.looks.store import Key, Span, hold_keys, others_with
from shared.packs.intake.model.looks import Look
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAtOthers:
    """Which looks are taken, for which case; `at` is the instant of the decision."""

    looks: Sequence[Look]
    looker: Looker
    at: datetime
    zone: ZoneInfo


async def look(tx: Transaction, cmd: LookAtOthers, *, now: datetime) -> Answers:
    """What they answer. Raises LookNotReady, LookTooLarge, RuleFailed."""
    if not cmd.looks:
        return Answers(at=now)
    # What is absent is no answer, and nothing is held or read for it.
    told = [each for each in cmd.looks if None not in cmd.looker.values(each)]
    keys = await hold_keys(tx, {each.key for each in told}, of=cmd.looker) if told else {}
    return Answers(at=now, of={each.id: await _answer(tx, cmd, each, keys.get(each.key)) for each in cmd.looks})


async def _answer(tx: Transaction, cmd: LookAtOthers, wanted: Look, key: Key | None) -> Answer | None:
    if key is None or key.value is None:
        return None
    require_filled(wanted, is_filled=key.is_filled)
    span = Span(since=earliest(wanted, at=cmd.at, zone=cmd.zone), until=cmd.at)
    others = await others_with(tx, wanted, key.value, of=cmd.looker, span=span, case_types=wanted.case_types)
    return answered(wanted, others)
