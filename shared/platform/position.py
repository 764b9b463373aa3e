"""A position: the newest events that a client's writes have published, as text that only the services read.

The answer of a write carries it, and a request carries it to another service, which answers only when it has handled
those events or says that it has not. It is neither secret nor signed: a client that invents one makes
its own requests wait.
Encoding: base64url (RFC 4648 §5, without padding) of a version byte and the entries, oldest first.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from shared.kernel.errors import Invalid
from shared.kernel.ids import is_id
from shared.kernel.text import Text

HEADER: Final = "Redress-Position"
MOST_ENTRIES: Final = 32
LONGEST: Final = 4096
LONGEST_HEADER: Final = 8192
_FORMAT: Final = b"\x01"
_ALPHABET: Final = re.compile("[A-Za-z0-9_-]+")
_LENGTH_BYTES: Final = 2
_UUID_BYTES: Final = 16
_VERSION_BYTES: Final = 8
_LARGEST_VERSION: Final = 2**63 - 1


class PositionInvalid(Invalid):
    """The header Redress-Position holds something that no service answered with, or more than 8 KiB. 400."""

    code = "position_invalid"
    title = Text(en="Invalid Redress-Position header", zh="Redress-Position 请求头无效")


class Entry(NamedTuple):
    """An event that was published: on which topic, under which ordering key, of which aggregate, which version."""

    org: str
    topic: str
    key: str
    aggregate: str
    aggregate_id: str
    version: int

    @property
    def ordering_key(self) -> tuple[str, str, str]:
        """Events of one ordering key are handled in the order in which they were published."""
        return self.org, self.topic, self.key


Position = tuple[Entry, ...]


def joined(positions: Iterable[Position]) -> Position:
    """Of each aggregate the newest event of all positions, the one that was named last at the end; at most 32."""
    newest: dict[tuple[str, str, str], Entry] = {}
    for entry in (each for position in positions for each in position):
        aggregate = (entry.org, entry.aggregate, entry.aggregate_id)
        known = newest.pop(aggregate, entry)
        newest[aggregate] = max(known, entry, key=lambda one: one.version)
    return tuple(newest.values())[-MOST_ENTRIES:]


def extended(position: Position, published: Iterable[Entry]) -> Position:
    """`position` and what a transaction published after it, in the order of publishing.

    Of one ordering key the last event stands for those before it.
    """
    last: dict[tuple[str, str, str], Entry] = {}
    for entry in published:
        last.pop(entry.ordering_key, None)
        last[entry.ordering_key] = entry
    return (*(entry for entry in position if entry.ordering_key not in last), *last.values())


def to_text(position: Position) -> str:
    """The header's value: at most 32 entries and 4 KiB, the oldest entries are left out first."""
    kept: list[bytes] = []
    room = LONGEST * 3 // 4 - len(_FORMAT)
    for entry in reversed(position[-MOST_ENTRIES:]):
        packed = _packed(entry)
        room -= len(packed)
        if room < 0:
            break
        kept.append(packed)
    return base64.urlsafe_b64encode(_FORMAT + b"".join(reversed(kept))).decode().rstrip("=")


def from_text(values: Sequence[str]) -> Position:
    """The position of a request's headers: one, or several that are separated by commas (RFC 9110 §5.3).

    Raises PositionInvalid.
    """
    text = ",".join(values)
    if len(text) > LONGEST_HEADER:
        raise PositionInvalid
    return joined(_read(part.strip()) for part in text.split(",") if part.strip())


def _packed(entry: Entry) -> bytes:
    return b"".join(map(_packed_text, entry[:-1])) + entry.version.to_bytes(_VERSION_BYTES)


def _packed_text(text: str) -> bytes:
    """A length and the text; a UUID, which most are, has length 0 and 16 bytes."""
    if is_id(text):
        return bytes(_LENGTH_BYTES) + UUID(text).bytes
    raw = text.encode()
    return len(raw).to_bytes(_LENGTH_BYTES) + raw


def _read(text: str) -> Position:
    if len(text) > LONGEST or not _ALPHABET.fullmatch(text):
        raise PositionInvalid
    try:
        return tuple(_entries(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)))
    except (binascii.Error, ValueError) as error:
        raise PositionInvalid from error


def _entries(packed: bytes) -> list[Entry]:
    """Raises ValueError for anything that `to_text` does not write."""
    if packed[:1] != _FORMAT:
        raise ValueError("another format")
    reader = _Reader(packed[1:])
    entries = []
    while reader.left:
        entry = Entry(reader.text(), reader.text(), reader.text(), reader.text(), reader.text(), reader.version())
        if not is_id(entry.org):
            raise ValueError("no organisation")
        entries.append(entry)
    if len(entries) > MOST_ENTRIES:
        raise ValueError("too many entries")
    return entries


class _Reader:
    """Takes what is packed from the front."""

    def __init__(self, packed: bytes) -> None:
        self.left = packed

    def text(self) -> str:
        size = int.from_bytes(self._take(_LENGTH_BYTES))
        if size == 0:
            return str(UUID(bytes=self._take(_UUID_BYTES)))
        text = self._take(size).decode()
        if "\x00" in text:
            raise ValueError("PostgreSQL stores no NUL")
        return text

    def version(self) -> int:
        version = int.from_bytes(self._take(_VERSION_BYTES))
        if not 0 < version <= _LARGEST_VERSION:
            raise ValueError("no version")
        return version

    def _take(self, size: int) -> bytes:
        if size > len(self.left):
            raise ValueError("cut off")
        taken, self.left = self.left[:size], self.left[size:]
        return taken
