"""A withdrawal as JSON, as the `withdrawal` column of `remedy` holds it."""

from datetime import datetime
from typing import Any

from services.settlement.remedies.rules.states import State
from services.settlement.remedies.rules.withdrawal import Withdrawal
from shared.kernel.text import Text


def to_json(withdrawal: Withdrawal | None) -> dict[str, Any] | None:
    """What the column holds; null where no step was to end the remedy."""
    if withdrawal is None:
        return None
    return {
        "step": withdrawal.step,
        "reason": {"zh": withdrawal.reason.zh, "en": withdrawal.reason.en},
        "cite": withdrawal.cite,
        "at": withdrawal.at.isoformat(),
        "found": withdrawal.found.value,
    }


def from_json(stored: dict[str, Any] | None) -> Withdrawal | None:
    """The withdrawal that `to_json` stored."""
    if stored is None:
        return None
    return Withdrawal(
        step=stored["step"],
        reason=Text(**stored["reason"]),
        cite=stored["cite"],
        at=datetime.fromisoformat(stored["at"]),
        found=State(stored["found"]),
    )
