"""Links of customers: actions that stand twice, or that are permitted once and not at all."""

from collections.abc import Iterator

from shared.packs.intake.checks.fields import doubled
from shared.packs.intake.model.customer_links import CustomerLinks
from shared.packs.language.types import Placed


def link_errors(links: CustomerLinks) -> Iterator[Placed]:
    """Faults of `may` and `once`."""
    for key in ("may", "once"):
        for action in doubled(getattr(links, key)):
            yield (key,), f"{action} stands twice"
    for action in links.once:
        if action not in links.may:
            yield ("once",), f"{action} is not among what a link may do"
