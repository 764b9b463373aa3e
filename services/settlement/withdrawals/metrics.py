"""Metrics of withdrawals."""

from typing import Final

from shared.platform.observability.declaring import Catalogue, counter

WITHDRAWALS: Final = counter(
    "redress_settlement_withdrawals",
    "Remedies that a step of their case was to end; not_withdrawn: their money or goods were on their way.",
    result=("withdrawn", "not_withdrawn"),
)

METRICS: Final = Catalogue(worker=(WITHDRAWALS,))
