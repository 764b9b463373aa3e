"""Bodies that come in. Amounts are integer minor units, quantities and prices decimal text; no float is taken."""

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field

from shared.kernel.money import LARGEST_MINOR, Money
from shared.platform.http.strict import ShortText, StrictModel

_HASH = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_NAME = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
_REASON = Annotated[str, Field(min_length=1, max_length=2000)]
_VALUE = Annotated[str, Field(max_length=1000)] | bool | int | None
_ROW = Annotated[dict[_NAME, _VALUE], Field(max_length=20)]


def _above_zero(text: str) -> str:
    if Decimal(text) <= 0:
        msg = "must be above zero"
        raise ValueError(msg)
    return text


_QUANTITY = Annotated[str, Field(pattern=r"^[0-9]{1,15}(\.[0-9]{1,8})?$"), AfterValidator(_above_zero)]


class MoneyBody(StrictModel):
    """An amount above zero."""

    minor: Annotated[int, Field(ge=1, le=LARGEST_MINOR)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "CNY"

    def money(self) -> Money:
        """The amount."""
        return Money(minor=self.minor, currency=self.currency)


class QuoteBody(StrictModel):
    """A remedy of the pack and its inputs by id; a table is a list of at most 200 rows, each its columns by id."""

    remedy: _NAME
    inputs: Annotated[dict[_NAME, _VALUE | list[_ROW]], Field(max_length=50)] = {}


class HashBody(StrictModel):
    """The hash of the quote as it was shown."""

    quote_hash: _HASH


class AcceptBody(HashBody):
    """`consent` where the rule asks for it in so many words."""

    consent: bool | None = None


class RejectBody(StrictModel):
    """Why, and whether no further offer will be heard."""

    final: bool = False
    reason: _REASON


class DeclineBody(StrictModel):
    """Why."""

    reason: _REASON


class CertificateBody(StrictModel):
    """A tax paper: which, its number, the gross amount on it where it states one."""

    certificate: _NAME
    reference: ShortText
    amount: MoneyBody | None = None


class QuantityBody(StrictModel):
    """How much, in the unit of the remedy."""

    quantity: _QUANTITY


class PayoutBody(StrictModel):
    """What is meant to be paid; it must equal the quote's and the paper's figure."""

    amount: MoneyBody
    quote_hash: _HASH | None = None
