"""What the routes of excuses take."""

from shared.platform.http.edge import StrictModel
from shared.platform.http.strict import LongText


class ExcuseBody(StrictModel):
    """Why the limit was missed."""

    reason: LongText = ""
