"""Balances are read for one decision, and held to its end.

They are held first and read afterwards: of two transactions that use up the same balance the second one sees what the
first one booked.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.intake.balances.rules.balance import Balances, BalanceState, hashed
from services.intake.balances.rules.spans import span_at, spans
from services.intake.balances.store import booked_by, hold_balances, used_in
from services.intake.balances.use_cases.compute_limits import ComputeLimits, compute_limits, in_periods
from services.intake.standing.rules import text_of_key
from services.intake.standing.use_cases.read_standing import ReadStanding
from shared.kernel.ids import CaseId, OrgId
from shared.packs.intake.model.balances import Balance
from shared.platform.db.transaction import Transaction


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
    computed = ComputeLimits(
        org=org,
        balances=cmd.balances,
        periods=periods,
        facts=tuple(cmd.standing.facts),
        subjects={name: of.subject for name, of in cmd.standing.asked().items()},
        at=at,
    )
    bounds = await compute_limits(tx, computed, now=now)
    of: dict[str, BalanceState | None] = dict.fromkeys(subjects)
    for balance in cmd.balances:
        if (subject := subjects[balance.id]) is not None:
            found = periods[balance.id]
            counted = in_periods((balance.id, keyed[balance.id]), found, bounds=bounds, used=used)
            here = found.index(span_at(balance.every, at, zone=cmd.zone))
            of[balance.id] = BalanceState(balance=balance, subject=subject, periods=counted, here=here)
    own = await booked_by(tx, cmd.reversed, org=org, case_id=case_id) if cmd.reversed else ()
    return Balances(at=at, of=of, own=own)
