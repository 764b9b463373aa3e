"""The books of the ERP simulator: at most one payment per organisation and key, whatever goes wrong on the way back."""

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import orjson

from operate.erp.contract import KeyReused
from operate.sinks.book import Book
from shared.contracts.erp import Payment, PaymentRequest, Status
from shared.kernel.clock import SystemClock
from shared.platform.outbound.signature import parse_secret, signature_fault

FaultKind = Literal["timeout", "error", "refuse", "pending", "nul", "forget"]
_LIMIT, _MAX_FAULTS, _MAX_ORGANISATIONS = 50_000, 10_000, 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """How an organisation proves itself, and how the ERP proves itself to it."""

    scheme: Literal["bearer", "signature"]
    secret: str = field(repr=False)
    callback_secret: str | None = field(default=None, repr=False)


@dataclass(slots=True, kw_only=True)
class Booked:
    """A payment and the request that it answers."""

    request: PaymentRequest
    payment: Payment


@dataclass(slots=True)
class Fault:
    """What happens to the next requests of an organisation."""

    kind: FaultKind
    times: int


class Ledger:
    """Payments by organisation and key, oldest forgotten first; credentials and faults by organisation.

    Its book has an entry for each payment, for each change of one, and for each that was forgotten.
    """

    def __init__(self, book: Book | None = None) -> None:
        self._booked: OrderedDict[tuple[str, str], Booked] = OrderedDict()
        self._faults: dict[str, Fault] = {}
        self._book = book or Book()
        self.credentials: dict[str, Credentials] = {}
        for entry in self._book.entries():
            self._recall(entry)

    def admit(self, organisation: str, credentials: Credentials) -> None:
        """Know an organisation by these credentials from now on."""
        if len(self.credentials) >= _MAX_ORGANISATIONS:
            self.credentials.pop(next(iter(self.credentials)))
        self._book.write("credentials", {"organisation": organisation, **asdict(credentials)})
        self.credentials[organisation] = credentials

    def proven(self, headers: Mapping[str, str], body: bytes) -> str | None:
        """The organisation whose credentials the request has."""
        given = {name.lower(): value for name, value in headers.items()}
        return next((org for org, known in self.credentials.items() if _proves(known, given, body)), None)

    def pay(self, request: PaymentRequest, *, status: Status = "paid", reference: str | None = None) -> Booked:
        """Book once. Raises KeyReused where the key has another content."""
        place = (request.organisation, request.payment_key)
        if known := self._booked.get(place):
            if known.request != request:
                raise KeyReused
            return known
        payment = Payment(
            payment_key=request.payment_key,
            status=status,
            amount_minor=request.amount_minor,
            currency=request.currency,
        )
        if status == "paid":
            payment = payment.model_copy(update=_paid(request, reference))
        booked = Booked(request=request, payment=payment)
        self._write("payment", booked)
        self._booked[place] = booked
        if len(self._booked) > _LIMIT:
            self._booked.popitem(last=False)
        return booked

    def change(self, booked: Booked, *, status: Status, code: str | None = None, text: str | None = None) -> None:
        """Give a payment another status."""
        changes: dict[str, object] = {"status": status, "code": code, "text": text}
        if status == "paid":
            changes |= _paid(booked.request, None)
        booked.payment = booked.payment.model_copy(update=changes)
        self._write("change", booked)

    def find(self, organisation: str, key: str) -> Booked | None:
        """The payment with this key."""
        return self._booked.get((organisation, key))

    def forget(self, organisation: str, key: str) -> None:
        """Lose a payment, as an ERP does that was restored from a copy or replaced."""
        booked = self._booked.pop((organisation, key), None)
        if booked is not None:
            self._write("forgotten", booked)

    def of(self, organisation: str | None) -> list[Booked]:
        """All payments, or those of one organisation, oldest first."""
        return [booked for (owner, _), booked in self._booked.items() if organisation in (None, owner)]

    def set_fault(self, organisation: str, fault: Fault) -> None:
        if len(self._faults) >= _MAX_FAULTS:
            self._faults.pop(next(iter(self._faults)))
        self._faults[organisation] = fault

    def next_fault(self, organisation: str) -> FaultKind | None:
        """What happens to this request; `*` applies to every organisation."""
        for name in (organisation, "*"):
            fault = self._faults.get(name)
            if fault and fault.times > 0:
                fault.times -= 1
                return fault.kind
        return None

    def _write(self, kind: str, booked: Booked) -> None:
        shown = {"request": booked.request.model_dump(mode="json"), "payment": booked.payment.model_dump(mode="json")}
        self._book.write(kind, shown)

    def _recall(self, entry: Mapping[str, Any]) -> None:
        """Know again what was known when the entry was written."""
        if entry["kind"] == "credentials":
            known = {name: entry[name] for name in ("scheme", "secret", "callback_secret")}
            self.credentials[entry["organisation"]] = Credentials(**known)
            return
        request = PaymentRequest.model_validate_json(orjson.dumps(entry["request"]))
        payment = Payment.model_validate_json(orjson.dumps(entry["payment"]))
        place = (request.organisation, request.payment_key)
        if entry["kind"] == "forgotten":
            self._booked.pop(place, None)
        else:
            self._booked[place] = Booked(request=request, payment=payment)


def _paid(request: PaymentRequest, reference: str | None) -> dict[str, object]:
    digest = hashlib.sha256(f"{request.organisation}\0{request.payment_key}".encode()).hexdigest()
    return {"reference": reference or f"pay_{digest[:20]}", "paid_at": SystemClock().now()}


def _proves(known: Credentials, headers: Mapping[str, str], body: bytes) -> bool:
    if known.scheme == "bearer":
        return hmac.compare_digest(headers.get("authorization", "").encode(), f"Bearer {known.secret}".encode())
    secret = parse_secret(known.secret)
    if secret is None or "webhook-signature" not in headers:
        return False
    return signature_fault(body, headers, secrets=[secret], now=SystemClock().now()) is None
