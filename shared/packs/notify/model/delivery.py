"""Where and when a message may be delivered: addresses and the hours of the day."""

from datetime import timedelta
from itertools import pairwise
from typing import Annotated, Final, Literal

from pydantic import Field

from shared.packs.language.hours import Hours, minutes
from shared.packs.language.section import Section
from shared.packs.language.types import Ident

Locale = Literal["zh-CN", "en"]

_MINUTES_A_DAY: Final = 24 * 60

EmailAddress = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$")
]
Number = Annotated[str, Field(pattern=r"^[0-9+() /-]{3,40}$")]
"""A telephone number as people write it."""

DailyHours = Annotated[tuple[Hours, ...], Field(max_length=24)]


class Address(Section):
    """Where a role or one person (by token subject) is reached; a party recorded on the case wins."""

    role: Ident | None = None
    """A role of the pack."""
    subject: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    """One person, by the token's subject."""
    email: EmailAddress | None = None
    """Where mails go."""
    phone: Number | None = None
    """Where a call goes."""
    fax: Number | None = None
    """Where a fax goes."""
    letter: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    """Postal address."""
    locale: Locale | None = None
    """The language wanted; the section's default when left out."""


def longest_wait(hours: tuple[Hours, ...]) -> timedelta:
    """The longest that a message may wait for one of these windows of a day to open."""
    if not hours:
        return timedelta()
    windows = sorted((minutes(window.opens), minutes(window.closes)) for window in hours)
    tomorrow = (windows[0][0] + _MINUTES_A_DAY, 0)
    return timedelta(minutes=max(late[0] - early[1] for early, late in pairwise([*windows, tomorrow])))
