"""Metrics of contacts."""

from typing import Final

from shared.platform.observability.declaring import KNOWN_LATER, Catalogue, Sampled, gauge

CONTACTS: Final = gauge(
    "redress_intake_contacts",
    "Contacts noted, by kind; how often customers chase is the kind that the pack has for it.",
    kind=KNOWN_LATER,
)

COUNTED: Final = Sampled("contacts", CONTACTS)
METRICS: Final = Catalogue(samples=(COUNTED,))
