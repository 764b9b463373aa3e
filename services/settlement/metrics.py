"""The metrics of settlement's features."""

from typing import Final

from services.settlement.approvals.metrics import METRICS as APPROVALS
from services.settlement.ledger.metrics import METRICS as LEDGER
from services.settlement.payouts.metrics import METRICS as PAYOUTS
from services.settlement.remedies.metrics import METRICS as REMEDIES
from services.settlement.withdrawals.metrics import METRICS as WITHDRAWALS

METRICS: Final = (REMEDIES, APPROVALS, PAYOUTS, WITHDRAWALS, LEDGER)
