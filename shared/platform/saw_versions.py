"""The versions of neighbouring aggregates that a producer had seen when it produced an event.

They travel as the CloudEvents extension attribute `sawversions`: `<topic>/<aggregate>/<id>@<version>`, separated by
spaces, at most four and 512 characters. A consumer that hears one of the topics handles the named version first.
"""

import re
from typing import Final, NamedTuple

LONGEST: Final = 512
MOST: Final = 4
_ENTRY: Final = re.compile(r"([^/ ]+)/([^/ ]+)/([^ ]+)@([0-9]{1,18})")


class SeenVersion(NamedTuple):
    """A version of an aggregate whose events are on `topic`, under the ordering key of the event that names it."""

    topic: str
    aggregate: str
    aggregate_id: str
    version: int


def to_text(seen: SeenVersion) -> str:
    """One entry of the attribute."""
    return f"{seen.topic}/{seen.aggregate}/{seen.aggregate_id}@{seen.version}"


def from_text(text: str) -> list[SeenVersion]:
    """What the attribute names. What cannot be read is left out: it would only have been waited for."""
    if not text or len(text) > LONGEST:
        return []
    found = (_ENTRY.fullmatch(part) for part in text.split(" ")[:MOST])
    return [SeenVersion(entry[1], entry[2], entry[3], int(entry[4])) for entry in found if entry is not None]
