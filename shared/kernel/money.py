"""Money as integer minor units with an ISO 4217 currency; rounding is always a named step.

No float comes near an amount: decimals enter as text or `Decimal`, leave as integer minor units.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal
from types import MappingProxyType
from typing import Final, Literal

from iso4217 import Currency

from shared.kernel.errors import Invalid
from shared.kernel.text import Text

Rounding = Literal["half_up", "half_even", "up", "down"]

ROUNDING_MODES: Final[dict[Rounding, str]] = {
    "half_up": ROUND_HALF_UP,
    "half_even": ROUND_HALF_EVEN,
    "up": ROUND_UP,
    "down": ROUND_DOWN,
}
"""The mode of `decimal` for each named rounding."""

EXPONENTS: Final[Mapping[str, int]] = MappingProxyType(
    {currency.code: currency.exponent for currency in Currency if currency.exponent is not None}
)
"""Digits after the point of every currency in ISO 4217's list one. A code without a minor unit there (gold, special
drawing rights) is no money that a remedy can be paid in."""

LARGEST_MINOR: Final = 10**15


class AmountOutOfRange(Invalid):
    """An amount is beyond what any complaint could be about (10^15 minor units)."""

    code = "amount_out_of_range"
    title = Text(en="Amount out of range", zh="金额超出范围")


class CurrencyMismatch(Invalid):
    """Two amounts of different currencies were combined."""

    code = "currency_mismatch"
    title = Text(en="Currencies differ", zh="币种不一致")


class CurrencyUnknown(Invalid):
    """ISO 4217 lists no such currency with a minor unit."""

    code = "currency_unknown"
    title = Text(en="ISO 4217 has no such currency", zh="ISO 4217 中没有该币种")


def is_currency(code: str) -> bool:
    """Whether ISO 4217 lists `code` with a minor unit."""
    return code in EXPONENTS


def exponent(currency: str) -> int:
    """Digits after the point of `currency` (ISO 4217). Raises CurrencyUnknown."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise CurrencyUnknown from None


@dataclass(frozen=True, slots=True, kw_only=True, order=False)
class Money:
    """An amount in integer minor units (fen for CNY) of one ISO 4217 currency."""

    minor: int
    currency: str = "CNY"

    def __post_init__(self) -> None:
        if abs(self.minor) > LARGEST_MINOR:
            raise AmountOutOfRange

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(minor=self.minor + other.minor, currency=self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(minor=self.minor - other.minor, currency=self.currency)

    def __neg__(self) -> "Money":
        return Money(minor=-self.minor, currency=self.currency)

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch

    def decimal(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def text(self) -> str:
        """`21,000.00`: grouped major units, for people."""
        return f"{self.decimal():,.{exponent(self.currency)}f}"


def rounded(amount: Decimal, *, currency: str = "CNY", rounding: Rounding = "half_up") -> Money:
    """`amount` in major units rounded to the currency's minor unit by the named rule.

    Raises AmountOutOfRange for NaN, infinities and amounts beyond 10^15 minor units.
    """
    if not amount.is_finite() or amount.adjusted() > 15:  # noqa: PLR2004 (digits of LARGEST_MINOR)
        raise AmountOutOfRange
    scaled = amount.scaleb(exponent(currency)).quantize(Decimal(1), rounding=ROUNDING_MODES[rounding])
    return Money(minor=int(scaled), currency=currency)


def split_tax(gross: Money, *, rate: Decimal, rounding: Rounding = "half_up") -> tuple[Money, Money]:
    """`(net, tax)` of a gross amount at `rate` (0.13 for 13 %): net is rounded, tax is the remainder."""
    net = rounded(gross.decimal() / (1 + rate), currency=gross.currency, rounding=rounding)
    return net, gross - net
