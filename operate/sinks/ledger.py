"""The books of the ERP simulator: at most one payment per organisation and idempotency key, whatever goes wrong on
the way back.
"""

import hashlib
import json
from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal

from shared.kernel.clock import SystemClock

FaultKind = Literal["timeout", "error", "refuse"]
_LIMIT, _MAX_FAULTS = 50_000, 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A payment that was charged, and the request that charged it."""

    payment_id: str
    idempotency_key: str
    organisation: str
    status: Literal["paid"]
    paid_at: str
    request: dict[str, object]


@dataclass(slots=True)
class Fault:
    """What happens to the next calls of an organisation."""

    kind: FaultKind
    times: int


class KeyReused(Exception):
    """The key was used before with another body."""


class Ledger:
    """Payments by organisation and key, oldest forgotten first; faults by organisation."""

    def __init__(self) -> None:
        self._payments: OrderedDict[tuple[str, str], tuple[str, Payment]] = OrderedDict()
        self._faults: dict[str, Fault] = {}

    def pay(self, key: str, request: dict[str, object]) -> tuple[Payment, bool]:
        """Charge once; the second value is true for the call that charged."""
        organisation = organisation_of(request)
        digest = _digest(request)
        if known := self._payments.get((organisation, key)):
            if known[0] != digest:
                raise KeyReused
            return known[1], False
        payment = Payment(
            payment_id="pay_" + hashlib.sha256(f"{organisation}\0{key}".encode()).hexdigest()[:20],
            idempotency_key=key,
            organisation=organisation,
            status="paid",
            paid_at=SystemClock().now().isoformat(),
            request=request,
        )
        self._payments[organisation, key] = (digest, payment)
        if len(self._payments) > _LIMIT:
            self._payments.popitem(last=False)
        return payment, True

    def find(self, key: str, *, organisation: str | None) -> list[Payment]:
        """Payments with this key; of one organisation when it is given."""
        if organisation is not None:
            known = self._payments.get((organisation, key))
            return [known[1]] if known else []
        return [payment for (_, each), (_, payment) in self._payments.items() if each == key]

    def of(self, organisation: str | None) -> list[Payment]:
        """All payments, or those of one organisation, oldest first."""
        return [payment for (owner, _), (_, payment) in self._payments.items() if organisation in (None, owner)]

    def set_fault(self, organisation: str, fault: Fault) -> None:
        if len(self._faults) >= _MAX_FAULTS:
            self._faults.pop(next(iter(self._faults)))
        self._faults[organisation] = fault

    def next_fault(self, organisation: str) -> FaultKind | None:
        """What happens to this call; `*` applies to every organisation."""
        for name in (organisation, "*"):
            fault = self._faults.get(name)
            if fault and fault.times > 0:
                fault.times -= 1
                return fault.kind
        return None


def organisation_of(request: dict[str, object]) -> str:
    return str(request.get("organisation", ""))


def _digest(request: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(request, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
