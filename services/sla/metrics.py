"""The metrics of sla's features."""

from typing import Final

from services.sla.clocks.metrics import METRICS as CLOCKS
from services.sla.extensions.metrics import METRICS as EXTENSIONS

METRICS: Final = (CLOCKS, EXTENSIONS)
