"""A document of which what is malformed is left out or replaced, so that everything else can be read.

Only the attribute that a fault is about is touched: an unknown key goes, as does an attribute or an item of a list
that may be absent; what is required gets a stand-in.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from shared.packs.language.types import Path
from shared.packs.publishing.stand_ins import may_go, nearest_key, stand_in_at

MISSING: Final = frozenset({"missing", "missing_argument", "missing_keyword_only_argument"})
UNKNOWN_KEY: Final = frozenset({"extra_forbidden", "unexpected_keyword_argument"})
_MOST_PASSES: Final = 40
MOST_MENDED: Final = 500
"""Of a document with more faults, these are told alone; more than are told at all (MOST_FINDINGS)."""

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What pydantic says, at a path of the document; of something that is missing, the path where it would stand."""

    path: Path
    details: ErrorDetails


class Edits:
    """What is left out of a document, and what stands in it instead of what is written."""

    def __init__(self) -> None:
        self._left_out: dict[Path, set[str | int]] = {}
        self._put: dict[Path, dict[str | int, object]] = {}
        self._around: set[Path] = set()

    def touched(self) -> frozenset[Path]:
        """Every place that is not as it is written."""
        parts = (*self._left_out.items(), *self._put.items())
        return frozenset((*path, last) for path, lasts in parts for last in lasts)

    def is_put(self, path: Path) -> bool:
        """Whether something else stands at `path`."""
        return path[-1] in self._put.get(path[:-1], ())

    def is_touched(self, path: Path) -> bool:
        """Whether `path` itself is edited."""
        return self.is_put(path) or path[-1] in self._left_out.get(path[:-1], ())

    def applied(self, document: object) -> object:
        """The document with the edits."""
        return self._applied(document, ()) if self._around else document

    def _applied(self, thing: object, path: Path) -> object:
        if path not in self._around:
            return thing
        gone, put = self._left_out.get(path, set()), self._put.get(path, {})
        match thing:
            case Mapping():
                kept = {key: self._applied(item, (*path, key)) for key, item in thing.items() if key not in gone}
                return kept | {str(key): value for key, value in put.items()}
            case list():
                return [
                    put[index] if index in put else self._applied(item, (*path, index))
                    for index, item in enumerate(thing)
                    if index not in gone
                ]
            case _:
                return thing

    def written_at(self, path: Path) -> Path:
        """The path before items were left out of lists."""
        result: Path = ()
        for part in path:
            result = (*result, self.index_written(result, part) if isinstance(part, int) else part)
        return result

    def index_written(self, path: Path, index: int) -> int:
        """The position of an item of the list at `path` before others were left out."""
        for gone in sorted(gone for gone in self._left_out.get(path, ()) if isinstance(gone, int)):
            index += gone <= index  # each item left out before it moves it on
        return index

    def leave_out(self, path: Path) -> None:
        """Leave out what is at `path`, edited or not."""
        self._forget(path)
        self._left_out.setdefault(path[:-1], set()).add(path[-1])

    def replace(self, path: Path, value: object) -> None:
        """Put `value` at `path`."""
        self._forget(path)
        self._put.setdefault(path[:-1], {})[path[-1]] = value

    def _forget(self, path: Path) -> None:
        """Take back the edit at `path` and those inside it."""
        inside = path in self._around
        self._around.update(path[:length] for length in range(len(path)))
        self._left_out.get(path[:-1], set()).discard(path[-1])
        self._put.get(path[:-1], {}).pop(path[-1], None)
        if inside:
            self._left_out = {at: gone for at, gone in self._left_out.items() if at[: len(path)] != path}
            self._put = {at: put for at, put in self._put.items() if at[: len(path)] != path}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended(Generic[M]):
    """What could be read of a document; `value` is None when nothing could."""

    value: M | None
    edits: Edits
    faults: tuple[Fault, ...]
    """Those of the document as it is written."""
    later: tuple[Fault, ...]
    """Those that were found once others had been mended, and are not about a whole around these."""


def mended(model: type[M], document: Mapping[str, object], parse: Callable[[object], M], *, fills: bool) -> Mended[M]:
    """The document as `model`; with `fills` what may be absent gets a stand-in too, and what is required another."""
    edits = Edits()
    faults: list[Fault] = []
    later: list[Fault] = []
    value: M | None = None
    for _ in range(_MOST_PASSES):
        current = edits.applied(document)
        try:
            value = parse(current)
            break
        except ValidationError as error:
            found = list(_faults(current, edits, error))
        before = edits.touched()
        if not before:
            faults = found
        else:
            wholes = {path[:length] for path in before for length in range(len(path))}
            later += (fault for fault in found if fault.path not in wholes and not is_below(fault.path, before))
        if len(found) > MOST_MENDED or not _mend(model, edits, found, fills=fills):
            break
    return Mended(value=value, edits=edits, faults=tuple(faults), later=tuple(later))


def is_below(path: Path, places: frozenset[Path]) -> bool:
    """Whether `path` is one of `places` or inside one."""
    return any(path[:length] in places for length in range(len(path) + 1))


def _faults(document: object, edits: Edits, error: ValidationError) -> Iterator[Fault]:
    for details in error.errors(include_url=False, include_input=False):
        real = _real(document, details["loc"])
        path = (*real, details["loc"][-1]) if details["type"] in MISSING else real
        yield Fault(path=edits.written_at(path), details=details)


def _mend(model: type[BaseModel], edits: Edits, faults: list[Fault], *, fills: bool) -> bool:
    """Edit what the faults are about; of a whole and its part (as unions report them) the part. False if it cannot."""
    paths = {fault.path for fault in faults}
    outer = {path[:length] for path in paths for length in range(len(path))}
    unknown = {fault.path for fault in faults if fault.details["type"] in UNKNOWN_KEY}
    for path in sorted(paths - outer, key=str):
        if path in unknown and not edits.is_put(path):
            edits.leave_out(path)
            _stand_for_meant(model, edits, path, fills=fills)
        elif not _mend_at(model, edits, path, fills=fills):
            return False
    return True


def _stand_for_meant(model: type[BaseModel], edits: Edits, path: Path, *, fills: bool) -> None:
    """What an unknown key may have been meant for: there with `fills`, absent without."""
    near = nearest_key(model, path) if fills else None
    if near is not None and may_go(model, meant := (*path[:-1], near)):
        with suppress(LookupError):
            edits.replace(meant, stand_in_at(model, meant, fills=fills))


def _mend_at(model: type[BaseModel], edits: Edits, path: Path, *, fills: bool) -> bool:
    """Leave out or replace what is at `path`, or what is around it when that does not help."""
    while path:
        goes = may_go(model, path)
        if not edits.is_touched(path):
            if goes and not fills:
                edits.leave_out(path)
                return True
            with suppress(LookupError):
                edits.replace(path, stand_in_at(model, path, fills=fills))
                return True
        elif goes and edits.is_put(path):
            edits.leave_out(path)
            return True
        path = path[:-1]
    return False


def _real(document: object, path: Path) -> Path:
    """The parts of a path that the document has, without a key that is missing and the names of a union's choices."""
    real: Path = ()
    thing = document
    for part in path:
        below = child(thing, part)
        if below is not None or _holds_null(thing, part):
            real, thing = (*real, part), below
    return real


def _holds_null(thing: object, part: str | int) -> bool:
    """Whether an empty value stands under a key or index that `child` finds nothing under."""
    if isinstance(thing, list):
        return isinstance(part, int) and 0 <= part < len(thing)
    return isinstance(thing, Mapping) and part in thing


def child(thing: object, part: str | int) -> object:
    """What is under a key or index; None when there is nothing."""
    if isinstance(thing, Mapping):
        return thing.get(part)
    if isinstance(thing, list) and isinstance(part, int) and 0 <= part < len(thing):
        return thing[part]
    return None
