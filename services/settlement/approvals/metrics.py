"""Metrics of approvals."""

from typing import Final

from shared.platform.observability.declaring import Catalogue, counter

OWN_APPROVALS: Final = counter(
    "redress_settlement_own_approvals",
    "Approvals by a person who had handled the case, under an exception of the pack to four eyes.",
)

METRICS: Final = Catalogue(api=(OWN_APPROVALS,))
