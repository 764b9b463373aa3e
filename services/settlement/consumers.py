"""The events that settlement handles: one line for each feature that has handlers."""

from typing import Final

from services.settlement.cases.handlers import HANDLERS as CASES
from shared.platform.worker import Handlers

HANDLERS: Final[Handlers] = {**CASES}
