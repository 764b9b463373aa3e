"""Metrics of remedies: what cases come to.

Prometheus has no base unit of money. An amount is in the major unit of its currency, which is a label: minor units
of two currencies differ by their exponents (ISO 4217), so that a panel of both would mislead. A sample is a float
and shows the order of an amount; the ledger has the amount.
"""

from typing import Final

from shared.platform.observability.declaring import KNOWN_LATER, Catalogue, Sampled, gauge

REMEDIES: Final = gauge(
    "redress_settlement_remedies",
    "Remedies by case type and present state: the outcome of the case.",
    case_type=KNOWN_LATER,
    state=KNOWN_LATER,
)
AMOUNTS: Final = gauge(
    "redress_settlement_remedy_amount",
    "Sum of the remedies' amounts by case type and state, in major units of the currency (yuan, not fen).",
    case_type=KNOWN_LATER,
    state=KNOWN_LATER,
    currency=KNOWN_LATER,
)

COUNTED: Final = Sampled("remedies", REMEDIES, AMOUNTS)
METRICS: Final = Catalogue(samples=(COUNTED,))
