"""The events that intake hears, as the catalogue says, with the features that hear them."""

from typing import Final

from services.intake.casepage import handlers as casepage
from shared.contracts.catalogue import subscribed
from shared.platform.inbox.arrival import Handlers

HANDLERS: Final[Handlers] = subscribed("intake", {**casepage.HANDLERS})
