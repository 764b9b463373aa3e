"""Due dates: our calendar against a bare bisect on a prepared array, and against django-bizcal.

Against the bisect both take and give integers (microseconds), the end of the Nth working day; against
django-bizcal both take and give aware datetimes, working hours, on the same hours and days off.
"""

import time
from bisect import bisect_right
from collections.abc import Callable
from datetime import datetime, timedelta
from datetime import time as clock_time
from itertools import islice
from zoneinfo import ZoneInfo

from django_bizcal.calendars.working import WorkingCalendar as Bizcal

from services.sla.calendars.rules.calendar import WorkingCalendar
from services.sla.calendars.rules.counting import due, due_at
from services.sla.calendars.rules.instants import micros
from services.sla.calendars.rules.working_days import CalendarSpec
from shared.packs.language.durations import Duration
from tests.bench.pairs import Figure, interleaved
from tests.bench.working_calendar import bizcal_calendar, china_2026, days

STARTS = 2_000
WORKING_DAYS = 7
ZONE = ZoneInfo("Asia/Shanghai")


def _starts() -> list[datetime]:
    """Two thousand instants spread over the first half of 2026, at all hours, in the calendars' own zone.

    In UTC django-bizcal would convert at every step and be six times slower than it needs to be.
    """
    first = datetime(2026, 1, 5, 0, 0, tzinfo=ZONE)
    return [first + timedelta(minutes=73 * number + number % 7) for number in range(STARTS)]


def _rate(compute: Callable[[], object], *, per_call: int, seconds: float = 0.5) -> float:
    began = time.perf_counter()
    calls = 0
    while time.perf_counter() - began < seconds:
        compute()
        calls += per_call
    return calls / (time.perf_counter() - began)


async def measure() -> list[Figure]:
    """All three ratios; the answers of both sides are compared first, so that no side is fast and wrong."""
    calendar = WorkingCalendar(china_2026())
    peer = bizcal_calendar()
    return [
        await _against_bisect(calendar),
        await _against_bizcal(calendar, peer, hours=20, aim=5),
        await _against_bizcal(calendar, peer, hours=200, aim=40),
    ]


async def _against_bisect(calendar: WorkingCalendar) -> Figure:
    spec: CalendarSpec = calendar.spec
    open_days = [on for on in days(spec.first_on, spec.last_on) if calendar.intervals(on)]
    midnights = [micros(datetime.combine(on, clock_time(), calendar.zone)) for on in open_days]
    closings = [calendar.end_of_date(on) for on in open_days]
    duration = Duration(amount=WORKING_DAYS, unit="working_day")
    starts = [micros(at) for at in _starts()]
    bare_answers = [closings[bisect_right(midnights, at) - 1 + WORKING_DAYS] for at in starts]
    if bare_answers != [due(duration, calendar=calendar, start=at) for at in starts]:
        raise AssertionError("the calendar and the bare bisect disagree")

    async def ours() -> float:
        return _rate(lambda: [due(duration, calendar=calendar, start=at) for at in starts], per_call=STARTS)

    async def yardstick() -> float:
        return _rate(
            lambda: [closings[bisect_right(midnights, at) - 1 + WORKING_DAYS] for at in starts], per_call=STARTS
        )

    return await interleaved(
        f"due date, end of working day {WORKING_DAYS}",
        unit="dates/s",
        against="bare bisect on a prepared array",
        aim=0.5,
        ours=ours,
        yardstick=yardstick,
    )


async def _against_bizcal(calendar: WorkingCalendar, peer: Bizcal, *, hours: int, aim: float) -> Figure:
    duration = Duration(amount=hours, unit="working_hour")
    starts = _starts()
    for at in islice(starts, 0, None, 41):
        if peer.add_business_hours(at, hours) != due_at(duration, calendar=calendar, started_at=at):
            raise AssertionError(f"django-bizcal disagrees at {at}")
    few = starts[::20]

    async def ours() -> float:
        return _rate(lambda: [due_at(duration, calendar=calendar, started_at=at) for at in starts], per_call=STARTS)

    async def yardstick() -> float:
        return _rate(lambda: [peer.add_business_hours(at, hours) for at in few], per_call=len(few))

    return await interleaved(
        f"due date, {hours} working hours",
        unit="dates/s",
        against="django-bizcal 0.13",
        aim=aim,
        ours=ours,
        yardstick=yardstick,
    )
