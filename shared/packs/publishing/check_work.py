"""Whether a section's expressions are cheap enough together: a page asks the gates of all steps, an event all clocks.

The unit is that of `expression_cost` (about 10 ns). The bound holds for lists of `ITEMS` items and texts of `TEXT`
characters; with longer ones each expression may cost ten times as much (`MOST_TIMES`), so that a whole section never
holds an event loop for longer than half a second.
"""

from collections.abc import Iterator
from typing import Final

from shared.packs.language.diagnostics import Diagnostic
from shared.packs.language.expressions_in import expressions
from shared.packs.publishing.draft import Draft

MOST_OF_SECTION: Final = 5_000_000
"""About 50 milliseconds; the largest section of the shipped packs takes a fortieth."""


def check_work(draft: Draft) -> Iterator[Diagnostic]:
    """An error at the dearest expression of a section that is too dear."""
    for key, section in draft.parts.items():
        works = {path: expression.work for path, expression in expressions(section)}
        total = sum(works.values())
        if total <= MOST_OF_SECTION:
            continue
        path = max(works, key=works.__getitem__)
        message = (
            f"the expressions of this file take {total} of {MOST_OF_SECTION} units of work; this one {works[path]}"
        )
        yield Diagnostic(severity="error", code="too_much_work", section=key, path=path, message=message)
