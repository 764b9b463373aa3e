"""Search over cases: the words of a case, their grams, and what a query asks for.

Text is compared as NFKC and case-folded (Unicode TR15, section 3.13 of the standard), so that full-width letters,
half-width katakana and capitals find each other. A gram is one character, two characters, or three characters of
ASCII; it stands in the index as 32 bits of a hash over the organisation and the gram. A query of any length, one
character included, finds exactly the cases that contain it: grams only narrow down, the words decide. The year
and the month of a case stand among its grams too, so that the newest with a common word are found month by month.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from shared.kernel.ids import CaseId, OrgId, made_at

LONGEST_QUERY: Final = 100
LONGEST_WORDS: Final = 1000
"""Characters of a case that are searched, in the order of `Searched`: what is beyond is not found."""
MOST_GRAMS: Final = 8
"""Grams of one query that the index is asked for, the rarest; the words decide about the rest."""
COMMON: Final = 0.25
"""A gram that more of the cases have narrows down less than its list costs to read."""
FEW_ENOUGH: Final = 1e-5
"""Where the shares multiply to less, no further gram is asked for."""
_RARE: Final = 5e-4
"""What is taken for the share of a gram that the statistics do not name."""
MONTHS: Final = 12
"""Of a year; a year's number is less than that of any month that a case was registered in."""
_BLANKS: Final = re.compile(r"\s+")
_PHONE: Final = re.compile(r"\+?[0-9][0-9 ()/-]*")
_FEWEST_DIGITS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """What of a case is searched. Personal data; a purge leaves the number."""

    number: str
    order_ref: str | None = None
    customer_ref: str | None = None
    names: Sequence[str] = ()
    phones: Sequence[str] = ()
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One reading of a query: the text that must be contained, and the grams that it has.

    `share` is the share of the cases that have the rarest of them, 0 where it is not known.
    """

    text: str
    grams: tuple[int, ...]
    share: float = 0.0

    @property
    def is_common(self) -> bool:
        """Whether the index hardly narrows the cases down."""
        return self.share > COMMON


def normalised(text: str) -> str:
    """The form in which text is compared: NFKC, case-folded, blanks as one space."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _BLANKS.sub(" ", folded).strip()


def words(searched: Searched) -> str:
    """The searched text of a case, one thing in a line, at most `LONGEST_WORDS` characters."""
    plain = (searched.number, searched.order_ref, *searched.names, searched.customer_ref, *searched.phones)
    digits = (_digits(phone) for phone in searched.phones)
    found = (normalised(text) for text in (*plain, *digits, searched.description) if text)
    return "\n".join(dict.fromkeys(found))[:LONGEST_WORDS]


def grams(org: OrgId, case_id: CaseId, text: str) -> list[int]:
    """The grams of a case's words, each once, in rising order, and the year and month in which its id was made."""
    found = {gram for line in text.split("\n") for gram in _every_gram(line)}
    month = month_of(case_id)
    return sorted({*_hashed(org, found), month // MONTHS, month})


def month_of(case_id: CaseId) -> int:
    """The month in which the id was made (UTC), counted from the year 0; 0 where the id does not say when."""
    at = made_at(case_id)
    return 0 if at is None else at.year * MONTHS + at.month - 1


def wanted(org: OrgId, query: str) -> tuple[Wanted, ...]:
    """The readings of a query: as it stands and, when it looks like a phone, its digits. None when it is blank."""
    text = normalised(query)
    readings = [text] if text else []
    digits = _digits(text)
    if _PHONE.fullmatch(text) and digits != text and len(digits) >= _FEWEST_DIGITS:
        readings.append(digits)
    return tuple(Wanted(text=one, grams=tuple(sorted(_hashed(org, _needed_grams(one))))) for one in readings)


def narrowed(reading: Wanted, shares: Mapping[int, float]) -> Wanted:
    """The reading with the grams that the index is asked for: the rarest, and further ones until few cases are left.

    `shares` says of common grams which share of the cases has them; a gram that it does not name is rare.
    """
    ranked = sorted(reading.grams, key=lambda gram: shares.get(gram, 0.0))
    asked: list[int] = []
    left = 1.0
    for gram in ranked[:MOST_GRAMS]:
        share = shares.get(gram, _RARE)
        if asked and (share > COMMON or left < FEW_ENOUGH):
            break
        asked.append(gram)
        left *= share
    return replace(reading, grams=tuple(asked), share=shares.get(ranked[0], 0.0) if ranked else 0.0)


def _every_gram(line: str) -> Iterator[str]:
    yield from line
    yield from (line[at : at + 2] for at in range(len(line) - 1))
    yield from (three for at in range(len(line) - 2) if (three := line[at : at + 3]).isascii())


def _needed_grams(text: str) -> list[str]:
    """The longest grams of which the text consists; shorter ones inside them would only cost time."""
    if len(text) == 1:
        return [text]
    threes = [three for at in range(len(text) - 2) if (three := text[at : at + 3]).isascii()]
    twos = [text[at : at + 2] for at in range(len(text) - 1)]
    return list(dict.fromkeys([*threes, *(two for two in twos if not any(two in three for three in threes))]))


def _hashed(org: OrgId, found: Iterable[str]) -> set[int]:
    """32 bits of BLAKE2b, keyed by the organisation: an organisation's search never meets another one's cases."""
    keyed = hashlib.blake2b(key=org.encode(), digest_size=4)
    return {_number(keyed.copy(), gram) for gram in found}


def _number(keyed: "hashlib.blake2b", gram: str) -> int:
    keyed.update(gram.encode())
    return int.from_bytes(keyed.digest(), "big", signed=True)


def _digits(text: str) -> str:
    return "".join(character for character in text if character in "0123456789")
