"""The wire between settlement and the ERP that pays: `docs/api/erp.json` is generated from these models.

The ERP serves `POST /v1/payments` and `GET /v1/payments/{payment_key}`; settlement serves the callback. Amounts are
integer minor units of an ISO 4217 currency and positive, also where an invoice prints them with a minus sign.
"""

from typing import Annotated, Final, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from shared.kernel.money import LARGEST_MINOR

KEY_HEADER: Final = "Idempotency-Key"
PAYMENTS: Final = "/v1/payments"
CALLBACKS: Final = "/v1/erp/callbacks"
ANSWER_SECONDS: Final = 5.0
"""An answer that takes longer counts as none, and the ERP is asked."""
LARGEST_ANSWER: Final = 64 * 1024
"""The longest body that is read, in bytes."""
LONGEST_REFERENCE: Final = 200
LONGEST_CODE: Final = 64
LONGEST_TEXT: Final = 1000

Method = Literal["credit", "negative_invoice", "refund"]
Part = Literal["gross", "net", "tax"]
Status = Literal["pending", "paid", "failed", "reversed"]

Id = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["CNY"])]
PositiveMinor = Annotated[int, Field(ge=1, le=LARGEST_MINOR, examples=[2_100_000])]
Text = Annotated[str, Field(max_length=LONGEST_TEXT)]


class _Wire(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", use_attribute_docstrings=True)


class PaymentCase(_Wire):
    """The case that the payment settles."""

    id: Id
    """The case's id in Redress."""
    number: Annotated[str, Field(max_length=200, examples=["QO-202603-00001"])]
    """The case's number, as people and papers write it."""


class PaymentRemedy(_Wire):
    """What is being made good."""

    id: Id
    """The remedy's id; a remedy whose payment was reversed is paid again under another payment key."""
    kind: Annotated[str, Field(max_length=64, examples=["price_difference"])]
    """The remedy in the words of the organisation's rules."""
    label_zh: Text
    """The same for people, in Chinese."""
    label_en: Text
    """The same for people, in English."""
    cite: Text
    """The article that grants it."""


class PaymentCustomer(_Wire):
    """Whose complaint it is."""

    ref: Annotated[str, Field(max_length=200, examples=["C-2201"])]
    """The customer's number in the organisation's own systems, as it was given when the case was registered."""
    name: Text | None = None
    """The customer's name, where the organisation's rules share it with payments; most do not."""


class Leg(_Wire):
    """One part of the amount."""

    part: Part
    """`net` and `tax` where the rules split a tax off, else `gross` alone."""
    amount_minor: Annotated[int, Field(ge=0, le=LARGEST_MINOR)]
    """Minor units."""


class PaymentRequest(_Wire):
    """What is to be paid. The body of a payment key never changes."""

    payment_key: Id
    """The same as the header `Idempotency-Key`: the payment's name for ever."""
    organisation: Id
    """The organisation in Redress; one ERP address may serve several."""
    case: PaymentCase
    remedy: PaymentRemedy
    customer: PaymentCustomer
    order: Annotated[str, Field(max_length=200)] | None = None
    """The order that the complaint is about, where one was named."""
    payee: Text | None = None
    """Who is paid, in the words of the organisation's rules; absent or null: the customer."""
    method: Method
    """`refund`: money to the payee. `credit`: set off against what the payee owes. `negative_invoice`: an invoice that
    reverses a sale, whose lines print the amounts of this request with a minus sign.
    """
    amount_minor: PositiveMinor
    """The whole amount, in minor units."""
    currency: CurrencyCode
    """ISO 4217."""
    legs: Annotated[tuple[Leg, ...], Field(min_length=1, max_length=2)]
    """Its parts; they sum to `amount_minor`."""
    requested_at: AwareDatetime
    """When it was asked for (RFC 3339)."""
    callback_url: Annotated[str, Field(max_length=2048)] | None = None
    """Where changes of this payment are reported; null: nowhere, the ERP is asked."""

    @model_validator(mode="after")
    def _sums(self) -> Self:
        if sum(leg.amount_minor for leg in self.legs) != self.amount_minor:
            msg = "the legs do not sum to the amount"
            raise ValueError(msg)
        return self


class Payment(_Wire):
    """A payment as the ERP knows it."""

    payment_key: Id
    """The key of the request."""
    status: Status
    """`pending`: taken, not paid yet, however long it takes. `paid`. `failed`: it will not be paid, or did not reach
    the payee. `reversed`: it was paid and came back.
    """
    amount_minor: PositiveMinor
    """What is or was paid, in minor units; another amount than asked for stops the payment until a person decides."""
    currency: CurrencyCode
    """ISO 4217."""
    reference: str | None = None
    """The ERP's own number of the payment, required when `paid`: 1 to 200 characters, no control characters."""
    paid_at: AwareDatetime | None = None
    """When it was paid, required when `paid`."""
    code: str | None = None
    """Why it `failed` or was `reversed`, for programs: at most 64 characters."""
    text: str | None = None
    """Why, for people, in their language: at most 1000 characters. It is shown to those who work on the case."""


class Refusal(_Wire):
    """Why a request is refused; nothing was paid and nothing will be under this key."""

    code: str
    """For programs: at most 64 characters, `payee_unknown`."""
    text: str
    """For people, in their language: at most 1000 characters. It is shown to those who work on the case."""


class PaymentChanged(_Wire):
    """The ERP says that a payment is no longer what it was. What it is now is asked by `GET`."""

    payment_key: Id
    """The key of the request."""
    status: Status
    """The present status; the answer to `GET` counts."""


class CallbackTaken(_Wire):
    """The callback was understood."""

    payment_key: Id
    """The payment that will be asked about."""
