"""Clocks as timelines: one bar for each goal, as long as its time is beside the longest of the clock."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from operate.policy_page.decision_tables import rules_of
from operate.policy_page.details import Detail, Value, caption, details_of
from operate.policy_page.labels import Labels
from operate.policy_page.words import KINDS, NO, YES, duration_text, warning_text
from shared.kernel.text import Text
from shared.packs.language.durations import Duration
from shared.packs.sla.model.clocks import Clock, Extension, Goal, Warn

_HOURS: Final[Mapping[str, float]] = {
    "minute": 1 / 60,
    "hour": 1,
    "working_hour": 3,
    "day": 24,
    "working_day": 24 * 7 / 5,
    "week": 24 * 7,
    "month": 24 * 30,
    "year": 24 * 365,
}
"""Hours from start to end, about, so that a working day is longer than a day; only bars are drawn by it."""

_SHORTEST: Final = 6.0
_STATED: Final = 60.0
"""The bar of a goal that ends when the case says, whose length nothing tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A goal: its length and where it warns, in per cent of the row."""

    goal: str
    when: str | None
    until: Value
    calendar: Text | str
    is_stated: bool
    length: float
    warns: tuple[float, ...]
    rules: tuple[str, ...]
    details: tuple[Detail, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event that moves a clock, with the labels of the steps that reach it."""

    name: str
    steps: tuple[Text, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockOnPage:
    """A clock with its bars, the events that move it, and the instants at which it warns."""

    clock: Clock
    bars: tuple[Bar, ...]
    warns: tuple[Text, ...]
    moved_by: tuple[tuple[Text, tuple[Event, ...]], ...]
    details: tuple[Detail, ...]
    rules: tuple[str, ...]


def clock_on_page(clock: Clock, labels: Labels) -> ClockOnPage:
    """The timeline of a clock."""
    longest = max((_hours(goal.duration) for goal in clock.goals if goal.duration), default=1.0) or 1.0
    events = (
        (caption("start"), (clock.start,)),
        (caption("stop"), clock.stop),
        *_waits(clock),
        (caption("cancel_on"), clock.cancel_on),
    )
    shown = {"when", "excusable", "starts_at", "case_types", "severity", "keep_breach"}
    own = tuple(each for each in details_of(clock, labels) if each.caption in {caption(name) for name in shown})
    return ClockOnPage(
        clock=clock,
        bars=tuple(_bar(goal, clock, longest=longest, labels=labels) for goal in clock.goals),
        warns=tuple(warning_text(warn) for warn in clock.warn),
        moved_by=tuple((heading, tuple(_event(each, labels) for each in names)) for heading, names in events if names),
        details=(*own, *_extension(clock.extension, labels)),
        rules=rules_of(
            clock.cite,
            *(goal.cite for goal in clock.goals),
            *(wait.cite for wait in clock.pause if wait.cite),
            *([clock.extension.cite] if clock.extension else []),
        ),
    )


def _waits(clock: Clock) -> Iterator[tuple[Text, tuple[str, ...]]]:
    """The events that open and close each reason to wait, under its label where it has one."""
    for wait in clock.waits:
        for name, events in (("pause_on", wait.on), ("resume_on", wait.until)):
            heading, label = caption(name), wait.label
            yield (Text(zh=f"{label.zh}：{heading.zh}", en=f"{label.en}: {heading.en}") if label else heading), events


def _extension(extension: Extension | None, labels: Labels) -> Iterator[Detail]:
    """All that an extension says, also what is usual."""
    if extension is None:
        return
    yield Detail(caption=KINDS["sla.clocks.extension"], values=(labels.of("role", extension.approver_role) or "",))
    yield Detail(caption=caption("max_count"), values=(str(extension.max_count),))
    yield Detail(caption=caption("requires_opinion"), values=(YES if extension.requires_opinion else NO,))
    if extension.max_days is not None:
        yield Detail(caption=caption("max_days"), values=(str(extension.max_days),))


def _event(name: str, labels: Labels) -> Event:
    return Event(name=name, steps=labels.events.get(name, ()))


def _bar(goal: Goal, clock: Clock, *, longest: float, labels: Labels) -> Bar:
    length = _STATED if goal.duration is None else max(_SHORTEST, 100 * _hours(goal.duration) / longest)
    places = (_place(warn, goal) for warn in clock.warn)
    until: Value = duration_text(goal.duration) if goal.duration else str(goal.at)
    kept = {caption(name) for name in ("counts_first_day", "roll_to", "snap_to")}
    return Bar(
        goal=goal.id,
        when=None if goal.when.source.strip() == "true" else goal.when.source,
        until=until,
        calendar=labels.of("calendar", goal.calendar) or goal.calendar,
        is_stated=goal.duration is None,
        length=round(length, 2),
        warns=tuple(round(place * length, 2) for place in places if place is not None),
        rules=rules_of(goal.cite),
        details=tuple(each for each in details_of(goal, labels) if each.caption in kept),
    )


def _hours(length: Duration) -> float:
    return length.amount * _HOURS[length.unit]


def _place(warn: Warn, goal: Goal) -> float | None:
    """Where it warns as a share of the bar; None where that is not known, or before the start."""
    if warn.percent is not None:
        return warn.percent / 100
    if warn.before is None or goal.duration is None or not _hours(goal.duration):
        return None
    share = 1 - _hours(warn.before) / _hours(goal.duration)
    return share if share > 0 else None
