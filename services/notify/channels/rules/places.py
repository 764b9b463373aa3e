"""What stays the same of an address in every way of writing it, so that one place is told once.

An address is sent to as it was written; what is made of it here is only compared.
"""

import re
from typing import Final

_SEPARATORS: Final = re.compile(r"[ ()./-]")


def as_written(address: str) -> str:
    """An address that is written in one way only: an inbox, the id of an endpoint."""
    return address


def mailbox(address: str) -> str:
    """A mailbox: the domain in small letters, the local part as it is (RFC 5321 §2.4).

    Only the host of a mailbox may say whether `Desk@` and `desk@` are one, so they are two. A label in other letters
    comes as its A-label, which is ASCII and compared like every other (RFC 5890 §2.3.2.1); packs and requests admit no
    quoted local part, comment, space or closing dot.
    """
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}"


def number(address: str) -> str:
    """A telephone number without visual separators (RFC 3966 §3 and §4).

    A trunk prefix and an international prefix are not worked out: `+86 21` and `021` are two.
    """
    return _SEPARATORS.sub("", address)


def postal(address: str) -> str:
    """A postal address without the choice of spaces and lines."""
    return " ".join(address.split())
