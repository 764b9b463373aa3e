"""Amounts of money in requests and answers, and the further figures of a calculation."""

from typing import Annotated

from pydantic import BaseModel, Field

from services.settlement.calculation.rules.quote import Figure
from shared.kernel.money import LARGEST_MINOR, Money
from shared.kernel.text import Text
from shared.platform.http.strict import StrictModel


class MoneyBody(StrictModel):
    """An amount above zero."""

    minor: Annotated[int, Field(ge=1, le=LARGEST_MINOR)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "CNY"

    def money(self) -> Money:
        """The amount."""
        return Money(minor=self.minor, currency=self.currency)


class MoneyView(BaseModel):
    """Minor units, currency, and the figure as people read it."""

    minor: int
    currency: str
    text: str


class FigureView(BaseModel):
    """A result beside the amount, which is not paid. `value` is decimal text; `amount` the same where it is money."""

    id: str
    label: Text
    value: str
    amount: MoneyView | None
    unit: str | None


def money_view(money: Money) -> MoneyView:
    """An amount for a reader."""
    return MoneyView(minor=money.minor, currency=money.currency, text=money.text())


def figure_view(figure: Figure) -> FigureView:
    """A further figure for a reader."""
    return FigureView(
        id=figure.id,
        label=figure.label,
        value=figure.value,
        amount=None if figure.amount is None else money_view(figure.amount),
        unit=figure.unit,
    )
