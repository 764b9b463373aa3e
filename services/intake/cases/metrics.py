"""Metrics of cases. Statuses and case types come from packs, so what is beyond the largest 250 pairs is one series."""

from typing import Final

from shared.platform.observability.declaring import KNOWN_LATER, Catalogue, Sampled, gauge

CASES: Final = gauge(
    "redress_intake_cases",
    "Cases registered, by case type and present status; a purged case keeps its row.",
    case_type=KNOWN_LATER,
    status=KNOWN_LATER,
)
TYPE_CHANGES: Final = gauge(
    "redress_intake_type_changes",
    "How often cases became cases of another type; the registrations of a type are its cases and the changes from it, "
    "less the changes to it.",
    before=KNOWN_LATER,
    after=KNOWN_LATER,
)
ORGANISATION_CASES: Final = gauge(
    "redress_intake_organisation_cases", "Cases registered, by organisation.", organisation=KNOWN_LATER
)

COUNTED: Final = Sampled("cases", CASES)
CHANGES_COUNTED: Final = Sampled("type_changes", TYPE_CHANGES)
COUNTED_BY_ORGANISATION: Final = Sampled("organisation_cases", ORGANISATION_CASES)
METRICS: Final = Catalogue(samples=(COUNTED, CHANGES_COUNTED), by_organisation=(COUNTED_BY_ORGANISATION,))
