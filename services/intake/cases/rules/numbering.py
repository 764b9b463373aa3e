"""Numbers of cases and documents: `QO-{yyyy}{mm}-{seq:5}` counts from 1 within the dates it names.

Two patterns that come out alike share one series, so that no number is given twice.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

_SEQUENCE: Final = re.compile(r"\{seq:([1-9])\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A run of numbers: what stands before and after the counter, and how wide that is at least."""

    prefix: str
    digits: int
    suffix: str

    @property
    def key(self) -> str:
        """What the counter is kept under."""
        return f"{self.prefix}#{self.suffix}"

    def number(self, value: int) -> str:
        """The number of the `value`-th in the series."""
        return f"{self.prefix}{value:0{self.digits}d}{self.suffix}"


@lru_cache(maxsize=4096)
def series(pattern: str, *, on: date) -> Series:
    """The series that `pattern` counts in on that day."""
    dated = (
        pattern.replace("{yyyy}", f"{on.year:04d}")
        .replace("{yy}", f"{on.year % 100:02d}")
        .replace("{mm}", f"{on.month:02d}")
        .replace("{dd}", f"{on.day:02d}")
    )
    match = _SEQUENCE.search(dated)
    if match is None:
        raise ValueError(f"no counter in {pattern}")
    return Series(prefix=dated[: match.start()], digits=int(match[1]), suffix=dated[match.end() :])
