"""Decimals as text: what is hashed, stored and shown must never depend on how a number was written."""

from decimal import Decimal


def plain(number: Decimal) -> str:
    """`number` without exponent, trailing zeros or minus zero: `18`, `0.5`."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text
