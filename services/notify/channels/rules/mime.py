"""A plain-text mail as bytes (RFC 5322, 2045, 2047), written by hand: EmailMessage costs ten times as much.

No value of ours can add a header: what is not printable ASCII is encoded, and line breaks and other
control characters never get that far.
"""

from base64 import b64encode, encodebytes
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Final

_ENCODED_BYTES: Final = 39  # of text per encoded word, so that no line passes 76 characters
_LONGEST_PLAIN: Final = 60
_SPECIALS: Final = frozenset('()<>[]:;@\\,."=?_')


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One message to one address. `at` is the organisation's instant."""

    message_id: str
    org: str
    case_id: str
    sender_name: str
    sender_email: str
    to: str
    subject: str
    body: str
    locale: str
    at: datetime


def encode(mail: Mail) -> bytes:
    """The mail with all headers; its Message-ID is the same on every attempt."""
    domain = mail.sender_email.rpartition("@")[2]
    headers = [
        ("From", f"{_phrase(mail.sender_name)} <{mail.sender_email}>"),
        ("To", mail.to),
        ("Subject", _unstructured(mail.subject)),
        ("Date", format_datetime(mail.at)),
        ("Message-ID", f"<{mail.message_id}@{domain}>"),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Transfer-Encoding", "base64"),
        ("Content-Language", mail.locale),
        ("Auto-Submitted", "auto-generated"),
        ("X-Redress-Organisation", mail.org),
        ("X-Redress-Case", mail.case_id),
        ("X-Redress-Message", mail.message_id),
    ]
    head = "".join(f"{name}: {_on_one_line(name, value)}\r\n" for name, value in headers)
    body = mail.body.replace("\r\n", "\n").replace("\n", "\r\n") + "\r\n"
    return head.encode("ascii") + b"\r\n" + encodebytes(body.encode()).replace(b"\n", b"\r\n")


def _on_one_line(name: str, value: str) -> str:
    """`value`, whose only line breaks are our own folds."""
    unfolded = value.replace("\r\n ", " ")
    if not unfolded.isascii() or any(character < " " or character == "\x7f" for character in unfolded):
        raise ValueError(f"{name} would break out of its line")
    return value


def _unstructured(text: str) -> str:
    plain = _cleaned(text)
    if plain.isascii() and len(plain) <= _LONGEST_PLAIN and "=?" not in plain:
        return plain
    return _encoded(plain)


def _phrase(text: str) -> str:
    plain = _cleaned(text)
    if plain.isascii() and len(plain) <= _LONGEST_PLAIN and plain and not _SPECIALS.intersection(plain):
        return plain
    return _encoded(plain)


def _cleaned(text: str) -> str:
    return " ".join("".join(c if c.isprintable() or c == " " else " " for c in text).split())


def _encoded(text: str) -> str:
    words: list[str] = []
    chunk = b""
    for character in text:
        part = character.encode("utf-8", "replace")
        if len(chunk) + len(part) > _ENCODED_BYTES:
            words.append(_word(chunk))
            chunk = b""
        chunk += part
    words.append(_word(chunk))
    return "\r\n ".join(words)


def _word(chunk: bytes) -> str:
    return f"=?utf-8?b?{b64encode(chunk).decode()}?="
