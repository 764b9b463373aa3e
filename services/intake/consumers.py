"""The events that intake hears, with the features that hear them."""

from typing import Final

from services.intake.casepage import handlers as casepage
from shared.platform.inbox.arrival import Handlers

HANDLERS: Final[Handlers] = {**casepage.HANDLERS}
