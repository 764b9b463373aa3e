"""Hours of a day: when a calendar is open, when a message may be sent."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Final

from pydantic import Field

from shared.packs.language.section import Section

TIME: Final = r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"

ClockTime = Annotated[str, Field(pattern=TIME)]
"""Local time of day, `08:00`; `24:00` is the end of the day."""


def minutes(text: str) -> int:
    """Minutes after midnight of a `ClockTime`."""
    return int(text[:2]) * 60 + int(text[3:])


class Hours(Section):
    """Open from `opens` (inclusive) to `closes` (exclusive)."""

    opens: ClockTime
    """First minute, `08:00`."""
    closes: ClockTime
    """End, `17:00`; `24:00` is midnight."""


def out_of_order(window: Hours) -> str:
    """Why the window is never open; empty when it is."""
    if minutes(window.opens) < minutes(window.closes):
        return ""
    return "a window closes after it opens; one over midnight is written as two"


def overlap(hours: Sequence[Hours]) -> str:
    """Which windows overlap, in words; empty when none do. One that is never open overlaps none."""
    ordered = sorted((window for window in hours if not out_of_order(window)), key=lambda window: window.opens)
    for early, late in pairwise(ordered):
        if minutes(late.opens) < minutes(early.closes):
            return f"windows overlap: {early.opens}-{early.closes} and {late.opens}-{late.closes}"
    return ""
