"""The body of a payment as an ERP gets it."""

from typing import Any


def payment_request(key: str, *, organisation: str, **changes: Any) -> dict[str, Any]:
    """21,000.00 CNY under `key`; `changes` replace fields."""
    remedy = {"id": key, "kind": "refund", "label_zh": "退款", "label_en": "Refund", "cite": "A-1 s.1"}
    return {
        "payment_key": key,
        "organisation": organisation,
        "case": {"id": key, "number": "QO-1"},
        "remedy": remedy,
        "customer": {"ref": "C-7"},
        "method": "refund",
        "amount_minor": 2_100_000,
        "currency": "CNY",
        "legs": [{"part": "gross", "amount_minor": 2_100_000}],
        "requested_at": "2026-03-06T12:00:00+08:00",
        **changes,
    }
