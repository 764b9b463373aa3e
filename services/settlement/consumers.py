"""The events that settlement handles, as the catalogue says: one line for each feature that has handlers."""

from typing import Final

from services.settlement.payouts.handlers import HANDLERS as PAYOUTS
from services.settlement.withdrawals.handlers import HANDLERS as WITHDRAWALS
from shared.contracts.catalogue import subscribed
from shared.platform.links.handlers import LINK_HANDLERS
from shared.platform.worker import Handlers

HANDLERS: Final[Handlers] = subscribed("settlement", {**WITHDRAWALS, **PAYOUTS, **LINK_HANDLERS})
