"""The metrics of notify's features."""

from typing import Final

from services.notify.delivery.metrics import METRICS as DELIVERY

METRICS: Final = (DELIVERY,)
