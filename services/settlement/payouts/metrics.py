"""Metrics of payouts."""

from typing import Final

from services.settlement.payouts.rules.answers import Outcome
from services.settlement.payouts.rules.payout import PayoutState
from shared.platform.observability.declaring import Catalogue, Sampled, counter, gauge

NOT_EXECUTED: Final = tuple(state for state in PayoutState if state is not PayoutState.EXECUTED)

PAYOUT_ANSWERS: Final = counter(
    "redress_settlement_payout_answers",
    "Answers of ERPs to payments and questions, by outcome.",
    outcome=tuple(Outcome),
)
ERP_CALLBACKS: Final = counter(
    "redress_settlement_erp_callbacks",
    "Callbacks of ERPs by result.",
    result=("taken", "not_proven", "unknown", "contradicts"),
)
PAYOUTS: Final = gauge("redress_settlement_payouts", "Payouts that are not executed, by state.", state=NOT_EXECUTED)
PAYOUT_IN_DOUBT_AGE: Final = gauge(
    "redress_settlement_payout_in_doubt_age_seconds",
    "Age of the oldest payout whose outcome is unknown or that is quarantined.",
)
PAYOUT_PENDING_AGE: Final = gauge(
    "redress_settlement_payout_pending_age_seconds", "Age of the oldest payout that the ERP has accepted and not paid."
)

OPEN: Final = Sampled("payouts", PAYOUTS, PAYOUT_IN_DOUBT_AGE, PAYOUT_PENDING_AGE)
METRICS: Final = Catalogue(api=(ERP_CALLBACKS,), worker=(PAYOUT_ANSWERS,), samples=(OPEN,))
