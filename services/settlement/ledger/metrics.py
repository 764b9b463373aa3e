"""Metrics of the ledger."""

from typing import Final

from shared.platform.observability.declaring import Catalogue, Sampled, gauge

UNBALANCED: Final = gauge(
    "redress_settlement_ledger_unbalanced_currencies",
    "Currencies whose postings do not add up to zero; more than 0 is a fault.",
)

BALANCE: Final = Sampled("ledger", UNBALANCED)
METRICS: Final = Catalogue(samples=(BALANCE,))
