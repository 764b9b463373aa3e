"""The metrics of intake's features."""

from typing import Final

from services.intake.cases.metrics import METRICS as CASES
from services.intake.contacts.metrics import METRICS as CONTACTS

METRICS: Final = (CASES, CONTACTS)
