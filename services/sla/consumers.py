"""What sla hears, as the catalogue of events says, and which features act on it, in this order."""

from typing import Final

from services.sla.cases.handlers import handlers
from services.sla.clocks.use_cases.move_clocks import move_clocks
from services.sla.extensions.use_cases.lapse_requests import lapse_requests
from services.sla.indicators.use_cases.count_cases import count_cases
from shared.contracts.catalogue import subscribed
from shared.platform.links.handlers import LINK_HANDLERS
from shared.platform.worker import Handlers

HANDLERS: Final[Handlers] = subscribed("sla", {**handlers((move_clocks, lapse_requests, count_cases)), **LINK_HANDLERS})
