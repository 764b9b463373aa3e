"""What may be used in periods of balances, and what moves out of them, is computed from the standing facts then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from services.intake.balances.rules.balance import InPeriod, limit_of, most_of
from services.intake.balances.rules.spans import Span
from services.intake.standing.rules import Asked, Subject, value_of
from services.intake.standing.store import in_effect
from shared.kernel.ids import OrgId
from shared.packs.intake.model.balances import Balance
from shared.packs.intake.model.standing import StandingFact, standing_read_by
from shared.platform.db.transaction import Transaction

_INSTANT = datetime.resolution


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputeLimits:
    """Of which periods, by the id of the balance; `subjects` says whose each standing fact among `facts` is."""

    org: OrgId
    balances: Sequence[Balance]
    periods: Mapping[str, Sequence[Span]]
    facts: tuple[StandingFact, ...]
    subjects: Mapping[str, str | None]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What may be used in a period, None where that cannot be computed, and what moves out of it at most."""

    limit: Decimal | None
    most: Decimal | None


async def compute_limits(tx: Transaction, cmd: ComputeLimits, *, now: datetime) -> Mapping[tuple[str, Span], Bounds]:
    """By the standing facts at the end of each period, in the present one at `at`. Raises StandingFactUnfit."""
    asked = [
        (balance, span, _as_of(span, at=cmd.at, now=now))
        for balance in cmd.balances
        for span in cmd.periods.get(balance.id, ())
    ]
    read = {balance.id: standing_read_by(cmd.facts, [balance.limit, balance.carry_over]) for balance in cmd.balances}
    places = [
        (Subject(kind=fact.of, subject=subject, name=fact.recorded_name), instant)
        for balance, _, instant in asked
        for fact in read[balance.id]
        if (subject := cmd.subjects[fact.id]) is not None
    ]
    found = await in_effect(tx, places, org=cmd.org)

    def bounds(balance: Balance, span: Span, instant: datetime) -> Bounds:
        standing: dict[str, object] = {}
        for fact in read[balance.id]:
            of = Asked(subject=cmd.subjects[fact.id], as_of=instant)
            place = Subject(kind=fact.of, subject=of.subject or "", name=fact.recorded_name)
            standing[fact.id] = value_of(fact, of, found.get((place, instant)))
        limit = limit_of(balance, standing)
        return Bounds(limit=limit, most=most_of(balance, standing, span=span, limit=limit))

    return {(balance.id, span): bounds(balance, span, instant) for balance, span, instant in asked}


def in_periods(
    place: tuple[str, str],
    spans: Sequence[Span],
    *,
    bounds: Mapping[tuple[str, Span], Bounds],
    used: Mapping[tuple[tuple[str, str], Span], Decimal],
) -> tuple[InPeriod, ...]:
    """The periods of one balance with what was computed and used in each; `place` is its id and the hashed key."""
    return tuple(
        InPeriod(
            span=span, limit=bounds[place[0], span].limit, used=used[place, span], most=bounds[place[0], span].most
        )
        for span in spans
    )


def _as_of(span: Span, *, at: datetime, now: datetime) -> datetime:
    """The last instant of an earlier period, `at` in the present one, `now` in one that has not ended."""
    if span.ends_at is None or (span.starts_at is not None and span.starts_at <= at < span.ends_at):
        return at
    return min(span.ends_at - _INSTANT, now)
