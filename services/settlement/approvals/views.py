"""Requests about approvals."""

from services.settlement.remedies.views import Reason
from shared.platform.http.strict import StrictModel


class DeclineBody(StrictModel):
    """Why."""

    reason: Reason
