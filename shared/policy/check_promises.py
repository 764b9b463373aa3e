"""Doubts about the clocks of a pack: goals that cannot be met inside others, rows that are never reached."""

from collections.abc import Iterator

from shared.policy.documents import Sections
from shared.policy.findings import Finding


def check_promises(_sections: Sections) -> Iterator[Finding]:
    """Findings about clocks that do not fit together."""
    yield from ()
