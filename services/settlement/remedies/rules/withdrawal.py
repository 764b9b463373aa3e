"""That a step of the case ends a remedy: under which rule, why, and since when."""

from dataclasses import dataclass
from datetime import datetime

from services.settlement.remedies.rules.states import State
from shared.kernel.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """What the step said of the remedy; `at` is when the step was recorded, `found` the remedy's state when this was
    heard here.

    On a remedy that is not `withdrawn` it says that money or goods were on their way by then.
    """

    step: str
    reason: Text
    cite: str
    at: datetime
    found: State
