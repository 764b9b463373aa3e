"""Requests about goods that come back and go out."""

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from shared.platform.http.strict import StrictModel


def _above_zero(text: str) -> str:
    if Decimal(text) <= 0:
        raise PydanticCustomError("not_above_zero", "must be above zero")
    return text


_QUANTITY = Annotated[str, Field(pattern=r"^[0-9]{1,15}(\.[0-9]{1,8})?$"), AfterValidator(_above_zero)]


class QuantityBody(StrictModel):
    """How much, in the unit of the remedy."""

    quantity: _QUANTITY
