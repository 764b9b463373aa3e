"""An offer as the customer reads it: what it comes to and until when it holds; no approval, ledger or reason."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final

from pydantic import BaseModel, Field

from services.settlement.calculation.rules.decimals import plain
from services.settlement.calculation.views import FigureView, MoneyView, figure_view, money_view
from services.settlement.remedies.rules.remedy import Remedy
from services.settlement.remedies.rules.states import State
from shared.kernel.text import Text
from shared.packs.settlement.model.section import SettlementSection
from shared.platform.http.one_of import one_of

_STATES: Final[Mapping[State, str]] = {
    State.OFFERED: "offered",
    State.ACCEPTED: "accepted",
    State.APPROVED: "accepted",
    State.PAYOUT_REQUESTED: "accepted",
    State.IN_DOUBT: "accepted",
    State.FAILED: "accepted",
    State.EXECUTED: "executed",
    State.REJECTED: "rejected",
    State.DECLINED: "withdrawn",
    State.WITHDRAWN: "withdrawn",
    State.EXPIRED: "expired",
}


class MyOfferView(BaseModel):
    """An offer that was made to the customer."""

    remedy_id: str
    label: Text
    amount: MoneyView
    quantity: str | None
    unit: str | None
    figures: list[FigureView]
    state: Annotated[str, one_of(dict.fromkeys(_STATES.values()))] = Field(description="Where the offer stands.")
    quote_hash: str = Field(description="Names what was offered; accepting repeats it.")
    expires_at: datetime


def my_offer(remedy: Remedy, section: SettlementSection) -> MyOfferView:
    """An offer."""
    quote, rule = remedy.quote, section.remedy(remedy.remedy)
    return MyOfferView(
        remedy_id=remedy.remedy_id,
        label=rule.label if rule else Text(zh=remedy.remedy, en=remedy.remedy),
        amount=money_view(quote.amount),
        quantity=None if quote.quantity is None else plain(quote.quantity),
        unit=quote.unit,
        figures=[figure_view(figure) for figure in quote.figures],
        state=_STATES.get(remedy.state, "offered"),
        quote_hash=quote.quote_hash,
        expires_at=remedy.expires_at,
    )
