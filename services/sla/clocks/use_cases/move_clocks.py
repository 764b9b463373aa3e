"""Events of cases move their clocks: start, stop, cancel, pause, resume, another goal."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from services.sla.calendars.rules.calendar import Calendar
from services.sla.calendars.rules.from_pack import Calendars, PackCalendar
from services.sla.calendars.use_cases.pinned_calendars import calendars_of, pin, pinned_calendars
from services.sla.cases.rules import CaseKey
from services.sla.cases.use_cases.follow_cases import FollowedCase
from services.sla.cases.use_cases.log_notes import log_notes
from services.sla.clocks.announce import announced
from services.sla.clocks.rules.clock import Clock
from services.sla.clocks.rules.follow import ClockRules, Followed, Move, follow
from services.sla.clocks.store import clocks
from shared.kernel.ids import OrgId, new_id
from shared.platform.db.transaction import Transaction
from shared.platform.observability.context import Context, use
from shared.platform.outbox.append import Outgoing, append
from shared.platform.outbox.of_cases import named


async def move_clocks(tx: Transaction, followed: Sequence[FollowedCase]) -> None:
    """Let the rules follow the events in their order, then store and announce what changed. The cases are locked."""
    present = await clocks.lock_of_cases(tx, {one.key for one in followed})
    moving = _Moving(present, by_hash=await _pinned(tx, present))
    for one in followed:
        with use(one.cause):
            log_notes(one.case, moving.follow(one).notes)
    for org, begun in sorted(moving.begun.items()):
        await pin(tx, org=org, calendars=begun.values())
    await clocks.save(tx, [(move.before, move.change.clock) for move in moving.moves], moving.causes)
    await append(tx, moving.published)


async def _pinned(tx: Transaction, present: Iterable[Clock]) -> dict[str, Calendar]:
    """The calendars of the open clocks, by their hashes."""
    hashes: dict[OrgId, set[str]] = {}
    for clock in present:
        if clock.is_open:
            hashes.setdefault(clock.org, set()).update(clock.calendars.values())
    found: dict[str, Calendar] = {}
    for org, wanted in hashes.items():
        found |= await pinned_calendars(tx, org=org, hashes=wanted)
    return found


class _Moving:
    """The clocks of some cases while their events are followed, and what is to be stored and published."""

    def __init__(self, present: Iterable[Clock], *, by_hash: dict[str, Calendar]) -> None:
        self.moves: list[Move] = []
        self.published: list[Outgoing] = []
        self.causes: dict[clocks.Key, Context] = {}
        self.begun: dict[OrgId, dict[str, PackCalendar]] = {}
        self._by_hash = by_hash
        self._clocks: dict[CaseKey, dict[str, Clock]] = {}
        for clock in present:
            self._clocks.setdefault((clock.org, clock.case_id), {})[clock.clock_id] = clock

    def follow(self, one: FollowedCase) -> Followed:
        """Move the clocks of the case by its event."""
        own = self._clocks.setdefault(one.key, {})
        calendars = Calendars(of_pack=calendars_of(one.policy), by_hash=self._by_hash)
        rules = one.policy.sla.clocks
        new_ids = {rule.id: new_id() for rule in rules}
        result = follow(
            one.case, one.event, list(own.values()), ClockRules(rules=rules, calendars=calendars, new_ids=new_ids)
        )
        for move in result.moves:
            own[move.change.clock.clock_id] = move.change.clock
            self.causes[one.case.org, move.change.clock.clock_id] = one.cause
            self._announce(one, move)
            if move.before is None:
                self._pin(one, calendars.now(move.change.clock.calendars).values())
        self.moves += result.moves
        return result

    def _announce(self, one: FollowedCase, move: Move) -> None:
        events = announced(move.change, occurred_at=one.event.recorded_at)
        self.published += [replace(named(event, one.references), cause=one.cause) for event in events]

    def _pin(self, one: FollowedCase, calendars: Iterable[PackCalendar]) -> None:
        for calendar in calendars:
            self.begun.setdefault(one.case.org, {})[calendar.content_hash] = calendar
            self._by_hash[calendar.content_hash] = calendar.calendar
