"""What a pack's source leaves open, for `redress policy gaps`, and a pack with other readings of it, for publishing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from operate.errors import OperatorError
from shared.packs.documents import Documents
from shared.packs.language.diagnostics import Diagnostic
from shared.packs.pack.model import Gap
from shared.packs.publishing.check import check
from shared.packs.publishing.draft import draft_of
from shared.packs.publishing.load import LoadedPack
from shared.packs.publishing.readings import ReadingUnknown, Tried, tried, value_at, with_readings


@dataclass(frozen=True, slots=True)
class Gaps:
    """What is printed, and whether an alternative would not be published."""

    text: str
    unsound: bool


def documents_with(loaded: LoadedPack, readings: Sequence[str]) -> Documents:
    """The pack's documents with other readings, `A5=calendar_days`. Raises OperatorError with every fault."""
    if not readings:
        return loaded.documents
    pairs = dict(_pair(reading) for reading in readings)
    try:
        documents = with_readings(loaded.documents, loaded.valid().pack, pairs)
    except ReadingUnknown as error:
        raise OperatorError(str(error)) from None
    faults = [each for each in check(draft_of(documents)) if each.severity == "error"]
    if faults:
        raise OperatorError("\n".join(map(_fault, faults)))
    return documents


def gaps_of(loaded: LoadedPack) -> Gaps:
    """Every gap with its readings; an alternative that publication would refuse is told with the first error."""
    pack = loaded.valid().pack
    try:
        known = tried(loaded.documents, pack)
        lines = [line for gap in pack.gaps for line in _lines(gap, loaded.documents, known)]
    except ReadingUnknown as error:
        raise OperatorError(str(error)) from None
    return Gaps("\n".join(lines) or "The source leaves nothing open.", any(each.errors for each in known))


def _lines(gap: Gap, documents: Documents, known: Sequence[Tried]) -> Iterator[str]:
    yield f"{gap.ref}  {gap.text.zh} / {gap.text.en}"
    if gap.rules:
        yield f"    rules: {', '.join(gap.rules)}"
    if gap.where:
        now = f" = {_short(value_at(documents, gap.where))}" if gap.alternatives else ""
        yield f"    where: {gap.where}{now}"
    yield f"    read as: {gap.reading.zh} / {gap.reading.en}"
    if gap.reason is not None:
        yield f"    because: {gap.reason.zh} / {gap.reason.en}"
    for each in known:
        if each.gap is gap:
            yield from _alternative(each)


def _alternative(each: Tried) -> Iterator[str]:
    other = each.alternative
    yield f"    or --reading {each.gap.ref}={other.id}: {_short(other.value)}  {other.reading.zh} / {other.reading.en}"
    if other.reason is not None:
        yield f"        because: {other.reason.zh} / {other.reason.en}"
    if each.errors:
        yield f"        cannot be published: {_fault(each.errors[0])}"


def _fault(each: Diagnostic) -> str:
    return f"{'.'.join(map(str, (each.section, *each.path)))}: {each.message}"


def _short(value: Any) -> str:
    return orjson.dumps(value).decode() if value is not None else "(left out)"


def _pair(reading: str) -> tuple[str, str]:
    ref, separator, name = reading.partition("=")
    if not separator or not ref or not name:
        raise OperatorError(f"{reading!r} is no reading: write --reading A5=calendar_days")
    return ref, name
