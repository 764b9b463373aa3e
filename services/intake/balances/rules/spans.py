"""The periods of balances: calendar periods in the pack's zone, and those that bear on one another by carry-over."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from shared.kernel.periods import period_at, period_named
from shared.packs.intake.model.balances import Balance, EveryPeriod


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A period of a balance; an account without periods has one that is always."""

    label: str
    starts_at: datetime | None
    ends_at: datetime | None


_INSTANT: Final = datetime.resolution

ALWAYS: Final = Span(label="", starts_at=None, ends_at=None)


def span_at(every: EveryPeriod | None, at: datetime, *, zone: ZoneInfo) -> Span:
    """The period that `at` lies in."""
    if every is None:
        return ALWAYS
    if every != "half_year":
        found = period_at(every, at, zone=zone)
        return Span(label=found.label, starts_at=found.starts_at, ends_at=found.ends_at)
    year, quarter = period_at("quarter", at, zone=zone).label.split("-Q")
    first, half = (1, 1) if int(quarter) <= 2 else (7, 2)  # noqa: PLR2004 (quarters of the first half)
    starts, ends = (int(year), first), (int(year) + half - 1, 7 if half == 1 else 1)
    return Span(label=f"{year}-H{half}", starts_at=_midnight(*starts, zone), ends_at=_midnight(*ends, zone))


def span_named(every: EveryPeriod | None, label: str, *, zone: ZoneInfo) -> Span | None:
    """The period of a label (`2026-03`, `2026-H1`); None for one of other periods, and for text that names none."""
    year, _, half = label.partition("-H")
    of_months = period_named(f"{year}-Q{int(half) * 2}" if half in {"1", "2"} else label, zone=zone)
    found = None if of_months is None or every is None else span_at(every, of_months.starts_at, zone=zone)
    return found if found is not None and found.label == label else None


def newest_first(every: EveryPeriod | None, *, since: datetime, until: datetime, zone: ZoneInfo) -> Iterator[Span]:
    """The periods from that of `until` back to that of `since`; a single one without periods."""
    here = span_at(every, until, zone=zone)
    yield here
    while here.starts_at is not None and here.starts_at > since:
        here = span_at(every, here.starts_at - _INSTANT, zone=zone)
        yield here


def _midnight(year: int, month: int, zone: ZoneInfo) -> datetime:
    return datetime(year, month, 1, tzinfo=zone).astimezone(UTC)


def spans(balance: Balance, *, at: datetime, now: datetime, zone: ZoneInfo) -> tuple[Span, ...]:
    """The periods that bear on the one of `at`: those from which a rest may come, and those up to `now`."""
    here = span_at(balance.every, at, zone=zone)
    carry = balance.carry_over
    since = None if carry is None or carry.since is None else datetime.combine(carry.since, time.min, zone)
    if carry is None or (since is not None and here.ends_at is not None and here.ends_at <= since):
        return (here,)
    found = [here]
    for _ in range(carry.periods):
        first = found[0].starts_at
        if first is None or (since is not None and first <= since):
            break
        found.insert(0, span_at(balance.every, first - _INSTANT, zone=zone))
    while (end := found[-1].ends_at) is not None and end <= now:
        found.append(span_at(balance.every, end, zone=zone))
    return tuple(found)
