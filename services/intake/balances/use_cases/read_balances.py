"""Balances are read for one decision, and held to its end.

They are held first and read afterwards: of two transactions that use up the same balance the second one sees what the
first one booked.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from services.intake.balances.rules import (
    Balances,
    BalanceState,
    InPeriod,
    Span,
    hashed,
    limit_of,
    span_at,
    spans,
)
from services.intake.balances.store import booked_by, hold_balances, used_in
from services.intake.standing.rules import Asked, Subject, text_of_key, value_of
from services.intake.standing.store import in_effect
from services.intake.standing.use_cases.read_standing import ReadStanding
from shared.kernel.ids import CaseId, OrgId
from shared.packs.intake.model.balances import Balance
from shared.packs.intake.model.standing import standing_read_by
from shared.platform.db.transaction import Transaction

_INSTANT = datetime.resolution
_Limits = Mapping[tuple[str, Span], Decimal | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBalances:
    """Which are read; `place` is organisation, case and pack, `standing` what limits read, with what keys see."""

    place: tuple[OrgId, CaseId, str]
    balances: Sequence[Balance]
    standing: ReadStanding
    zone: ZoneInfo
    reversed: Collection[str] = ()

    def subjects(self) -> dict[str, str | None]:
        """Whose they are, by the id of the balance."""
        standing = self.standing
        return {
            balance.id: standing.customer if balance.key is None else text_of_key(balance.key, standing.seen)
            for balance in self.balances
        }


async def read_balances(tx: Transaction, cmd: ReadBalances, *, now: datetime) -> Balances:
    """What they are at the instant of the decision. Raises StandingFactUnfit."""
    org, case_id, pack = cmd.place
    at, subjects = cmd.standing.at, cmd.subjects()
    if not cmd.balances:
        return Balances(at=at)
    keyed = {name: hashed(subject) for name, subject in subjects.items() if subject is not None}
    periods = {each.id: spans(each, at=at, now=now, zone=cmd.zone) for each in cmd.balances if each.id in keyed}
    await hold_balances(tx, list(keyed.items()), org=org, pack=pack)
    wanted = [((name, keyed[name]), span) for name, found in periods.items() for span in found]
    used = await used_in(tx, wanted, org=org, pack=pack)
    limits = await _limits(tx, cmd, periods, now=now)
    of: dict[str, BalanceState | None] = dict.fromkeys(subjects)
    for balance in cmd.balances:
        if (subject := subjects[balance.id]) is not None:
            found = periods[balance.id]
            in_periods = tuple(
                InPeriod(span=span, limit=limits[balance.id, span], used=used[(balance.id, keyed[balance.id]), span])
                for span in found
            )
            here = found.index(span_at(balance.every, at, zone=cmd.zone))
            of[balance.id] = BalanceState(balance=balance, subject=subject, periods=in_periods, here=here)
    own = await booked_by(tx, cmd.reversed, org=org, case_id=case_id) if cmd.reversed else ()
    return Balances(at=at, of=of, own=own)


async def _limits(
    tx: Transaction, cmd: ReadBalances, periods: Mapping[str, Sequence[Span]], *, now: datetime
) -> _Limits:
    """What may be used in each period, by the standing facts at its end; in the present one at the decision."""
    subjects = {name: of.subject for name, of in cmd.standing.asked().items()}
    asked = [
        (balance, span, _as_of(span, at=cmd.standing.at, now=now))
        for balance in cmd.balances
        for span in periods.get(balance.id, ())
    ]
    read = {balance.id: standing_read_by(tuple(cmd.standing.facts), [balance]) for balance in cmd.balances}
    places = [
        (Subject(kind=fact.of, subject=subject, name=fact.recorded_name), instant)
        for balance, _, instant in asked
        for fact in read[balance.id]
        if (subject := subjects[fact.id]) is not None
    ]
    found = await in_effect(tx, places, org=cmd.place[0])

    def standing(balance: Balance, instant: datetime) -> dict[str, object]:
        values: dict[str, object] = {}
        for fact in read[balance.id]:
            subject = subjects[fact.id]
            place = Subject(kind=fact.of, subject=subject or "", name=fact.recorded_name)
            of = Asked(subject=subject, as_of=instant)
            values[fact.id] = value_of(fact, of, found.get((place, instant)))
        return values

    return {(balance.id, span): limit_of(balance, standing(balance, instant)) for balance, span, instant in asked}


def _as_of(span: Span, *, at: datetime, now: datetime) -> datetime:
    """The last instant of an earlier period, `at` in the present one, `now` in one that has not ended."""
    if span.ends_at is None or (span.starts_at is not None and span.starts_at <= at < span.ends_at):
        return at
    return min(span.ends_at - _INSTANT, now)
