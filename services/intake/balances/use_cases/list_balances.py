"""The balances of one subject, period by period, as a decision of now would see them; nothing is held for it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from services.intake.balances.rules.balance import BalanceState, hashed, whose_limit
from services.intake.balances.rules.spans import Span, newest_first, span_named, spans
from services.intake.balances.store import first_booked, used_in
from services.intake.balances.use_cases.compute_limits import Bounds, ComputeLimits, compute_limits, in_periods
from shared.kernel.ids import OrgId
from shared.packs.intake.model.balances import Balance
from shared.packs.intake.model.standing import standing_read_by
from shared.packs.store import Policy, in_force
from shared.platform.db.transaction import Transaction

Place = tuple[str, str, str]
"""Pack, balance and label of a period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListBalances:
    """Of one subject (`key`), of which pack, balance and period; all of them where these are None."""

    org: OrgId
    key: str
    pack: str | None
    name: str | None
    period: str | None
    after: Place | None
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A balance in one period."""

    pack: str
    state: BalanceState

    @property
    def place(self) -> Place:
        """Where it stands in the list."""
        return self.pack, self.state.balance.id, self.state.period.span.label


async def list_balances(tx: Transaction, cmd: ListBalances, *, now: datetime) -> list[Listed]:
    """By pack and balance, the newest period first, back to that of the first booking. Raises StandingFactUnfit."""
    found: list[Listed] = []
    for policy in await in_force(tx, org=cmd.org, at=now):
        if cmd.pack in (None, policy.name) and len(found) < cmd.limit:
            states = await _of_pack(tx, cmd, policy, room=cmd.limit - len(found), now=now)
            found += [Listed(pack=policy.name, state=state) for state in states]
    return found


async def _of_pack(
    tx: Transaction, cmd: ListBalances, policy: Policy, *, room: int, now: datetime
) -> list[BalanceState]:
    zone, key = ZoneInfo(policy.pack.zone), hashed(cmd.key)
    declared = [each for each in policy.intake.balances if cmd.name in (None, each.id)]
    first = await first_booked(tx, [each.id for each in declared], key=key, org=cmd.org, pack=policy.name)
    places = _Places(cmd=cmd, pack=policy.name, first=first, now=now, zone=zone)
    wanted = list(islice(places.of(sorted(declared, key=lambda each: each.id)), room))
    bearing = {(each.id, span): spans(each, at=span.starts_at or now, now=now, zone=zone) for each, span in wanted}
    periods = {each.id: list[Span]() for each, _ in wanted}
    for (name, _), found in bearing.items():
        periods[name] += [span for span in found if span not in periods[name]]
    used = await used_in(
        tx, [((name, key), span) for name, found in periods.items() for span in found], org=cmd.org, pack=policy.name
    )
    bounds = await _bounds(tx, cmd, policy, periods, now=now)

    def state(balance: Balance, span: Span) -> BalanceState:
        found = bearing[balance.id, span]
        periods = in_periods((balance.id, key), found, bounds=bounds, used=used)
        return BalanceState(balance=balance, subject=cmd.key, periods=periods, here=found.index(span))

    return [state(balance, span) for balance, span in wanted]


async def _bounds(
    tx: Transaction, cmd: ListBalances, policy: Policy, periods: Mapping[str, list[Span]], *, now: datetime
) -> Mapping[tuple[str, Span], Bounds]:
    """Balance by balance, as two of them may read one standing fact of two subjects."""
    found: dict[tuple[str, Span], Bounds] = {}
    for balance in policy.intake.balances:
        if balance.id in periods:
            facts = standing_read_by(policy.intake.standing, [balance.limit, balance.carry_over])
            subjects = {fact.id: whose_limit(balance, fact, cmd.key) for fact in facts}
            computed = ComputeLimits(
                org=cmd.org, balances=[balance], periods=periods, facts=facts, subjects=subjects, at=now
            )
            found |= await compute_limits(tx, computed, now=now)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    """Which periods of which balances are listed, beyond those of the page before."""

    cmd: ListBalances
    pack: str
    first: Mapping[str, datetime]
    now: datetime
    zone: ZoneInfo

    def of(self, balances: list[Balance]) -> Iterator[tuple[Balance, Span]]:
        yield from ((balance, span) for balance in balances for span in self._spans(balance))

    def _spans(self, balance: Balance) -> Iterator[Span]:
        past = self._listed_before(balance)
        if past is None:
            return
        for span in self._asked(balance):
            if not past or (span.starts_at is not None and span.label < past):
                yield span

    def _listed_before(self, balance: Balance) -> str | None:
        """The label of the period that was listed last of it; empty where none was, None where all were."""
        if self.cmd.after is None or (self.pack, balance.id) > self.cmd.after[:2]:
            return ""
        listed = (self.pack, balance.id) == self.cmd.after[:2] and self.cmd.after[2]
        return listed or None

    def _asked(self, balance: Balance) -> Iterator[Span]:
        if self.cmd.period is None:
            since = self.first.get(balance.id, self.now)
            yield from newest_first(balance.every, since=since, until=self.now, zone=self.zone)
        else:
            span = span_named(balance.every, self.cmd.period, zone=self.zone)
            if span is not None and (span.starts_at or self.now) <= self.now:
                yield span
