"""What a calendar says, as plain data: which days are worked, between which hours, and why not.

A `CalendarSpec` is a frozen value with a content hash. Clocks pin the hash, so that a later edit of
a pack or of a holiday library never moves a due instant that was computed before it.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypedDict

from shared.kernel.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Open from `opens` (inclusive) to `closes` (exclusive), minutes after local midnight."""

    opens: int
    closes: int


class DayKind(StrEnum):
    """Why a day differs from its weekday."""

    HOLIDAY = "holiday"
    MAKE_UP = "make_up"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialDay:
    """A day with windows of its own; none at all on a holiday."""

    on: date
    kind: DayKind
    windows: tuple[Window, ...]
    name: Text


Week = tuple[tuple[Window, ...], ...]  # seven entries, Monday first


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarSpec:
    """One calendar. A continuous one (24 x 7) has no days to confirm and never ends.

    `first_on` and `last_on` bound what is known: outside them a working calendar refuses to answer.
    """

    zone: str
    continuous: bool = False
    weekly: Week = ((),) * 7
    special: tuple[SpecialDay, ...] = ()
    first_on: date = date.min
    last_on: date = date.max

    def document(self) -> "CalendarDocument":
        """The spec as JSON-ready data; equal specs give equal documents."""
        return {
            "zone": self.zone,
            "continuous": self.continuous,
            "weekly": [[[w.opens, w.closes] for w in day] for day in self.weekly],
            "special": [
                {
                    "on": day.on.isoformat(),
                    "kind": day.kind.value,
                    "windows": [[w.opens, w.closes] for w in day.windows],
                    "zh": day.name.zh,
                    "en": day.name.en,
                }
                for day in sorted(self.special, key=lambda day: day.on)
            ],
            "first_on": self.first_on.isoformat(),
            "last_on": self.last_on.isoformat(),
        }

    def content_hash(self) -> str:
        """SHA-256 of the canonical document: the identity that a clock pins."""
        text = json.dumps(self.document(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


class SpecialDocument(TypedDict):
    """A special day as stored."""

    on: str
    kind: str
    windows: list[list[int]]
    zh: str
    en: str


class CalendarDocument(TypedDict):
    """A calendar spec as stored."""

    zone: str
    continuous: bool
    weekly: list[list[list[int]]]
    special: list[SpecialDocument]
    first_on: str
    last_on: str


def spec_from(document: CalendarDocument) -> CalendarSpec:
    """The spec that `CalendarSpec.document` wrote."""
    return CalendarSpec(
        zone=document["zone"],
        continuous=document["continuous"],
        weekly=tuple(_windows(day) for day in document["weekly"]),
        special=tuple(
            SpecialDay(
                on=date.fromisoformat(day["on"]),
                kind=DayKind(day["kind"]),
                windows=_windows(day["windows"]),
                name=Text(zh=day["zh"], en=day["en"]),
            )
            for day in document["special"]
        ),
        first_on=date.fromisoformat(document["first_on"]),
        last_on=date.fromisoformat(document["last_on"]),
    )


def _windows(pairs: list[list[int]]) -> tuple[Window, ...]:
    return tuple(Window(opens=opens, closes=closes) for opens, closes in pairs)
