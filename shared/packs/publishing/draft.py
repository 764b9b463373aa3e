"""A pack as it is read for checking: only what is malformed is set aside, so that the rest can be checked all the same.

An error of shape (an unknown key, a missing one, a wrong type) is reported once, where it is. The attribute that it is
about is left out or gets a stand-in (`mended.py`), in two ways: what is said of both is a fault, what is said of one
only follows from the stand-in. What a malformed attribute declares, an id or a milestone, is not reported as unknown.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property
from typing import Final, TypeVar

from shared.packs.documents import (
    KEYS,
    MODELS,
    Document,
    Documents,
    Sections,
    completed,
    may_be_absent,
    parse_section,
    words_of,
)
from shared.packs.language.diagnostics import Diagnostic
from shared.packs.language.section import Section
from shared.packs.language.types import Path
from shared.packs.language.words import Words
from shared.packs.publishing.faults import diagnostics
from shared.packs.publishing.mended import Edits, Mended, child, is_below, mended

_DECLARED_IN: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("pack", "roles"): ("roles",),
    ("pack", "gaps"): ("gaps",),
    **{
        ("intake", kind): (kind,)
        for kind in ("case_types", "statuses", "facts", "documents", "records", "gates", "evidence")
    },
    ("intake", "files"): ("files",),
    ("intake", "looks"): ("looks",),
    ("intake", "standing"): ("standing",),
    ("intake", "balances"): ("balances",),
    ("intake", "samples"): ("relations",),
    ("intake", "steps"): ("steps", "events", "inputs", "relations"),
    **{("sla", kind): (kind,) for kind in ("calendars", "clocks")},
    ("settlement", "remedies"): ("remedies", "certificates"),
    ("settlement", "accounts"): ("accounts",),
    ("settlement", "gates"): ("settlement_gates",),
    ("notify", "templates"): ("templates",),
}
"""The kinds of names that a list of a section declares."""
_IDS: Final = frozenset({"id", "ref"})
_NAMING: Final = (*sorted(_IDS), "milestones", "name", "relation")
"""Attributes that declare a name."""

S = TypeVar("S", bound=Section)


@dataclass(frozen=True, kw_only=True)
class DraftSection:
    """One section as far as it could be read; None when too little of it was well formed."""

    section: Section | None
    edits: Edits
    diagnostics: tuple[Diagnostic, ...] = ()
    words: frozenset[str] = frozenset()
    """Names that malformed attributes may declare."""
    uncertain: frozenset[str] = frozenset()
    """Kinds of which a declared name is malformed, so that another one may only look unknown."""

    @cached_property
    def touched(self) -> frozenset[Path]:
        """Paths in the document of what is malformed."""
        return self.edits.touched()

    def is_as_written(self, path: Path) -> bool:
        """True when nothing at or around a path of the document was replaced."""
        return not is_below(path, self.touched)

    def is_list_in_doubt(self, path: Path) -> bool:
        """True for a list of which an item is malformed, so that what is said of the whole may follow from that."""
        depth = len(path)
        return isinstance(path[-1:] and path[-1], str) and any(
            len(place) > depth and place[:depth] == path and isinstance(place[depth], int) for place in self.touched
        )

    def written_at(self, path: Path) -> Path:
        """Where in the document a path of the section is written."""
        return self.edits.written_at(path)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """The sections of a pack; `unreadable` are those whose files are not YAML, of which nothing is known."""

    sections: Mapping[str, DraftSection]
    unreadable: frozenset[str] = frozenset()
    otherwise: "Draft | None" = None
    """The same pack with other stand-ins; None when there are none."""

    @cached_property
    def parts(self) -> Mapping[str, Section]:
        """The sections that could be read, by key."""
        return {key: part.section for key, part in self.sections.items() if part.section is not None}

    @cached_property
    def words(self) -> frozenset[str]:
        """Names that may be declared by what is malformed."""
        return frozenset[str]().union(*(part.words for part in self.sections.values()))

    @cached_property
    def uncertain(self) -> frozenset[str]:
        """Kinds of which a declared name is malformed, so that another one may only look unknown."""
        return frozenset[str]().union(*(part.uncertain for part in self.sections.values()))

    @property
    def is_whole(self) -> bool:
        """True when every section is there with all that was written."""
        return not self.unreadable and all(part.section and not part.touched for part in self.sections.values())

    def whole(self) -> Sections | None:
        """The sections, when the draft is whole."""
        return Sections(**self.parts) if self.is_whole else None  # type: ignore[arg-type]

    def part(self, key: str, model: type[S]) -> S | None:
        """One section, when it could be read."""
        found = self.parts.get(key)
        return found if isinstance(found, model) else None


def draft_of(documents: Documents, *, unreadable: frozenset[str] = frozenset()) -> Draft:
    """What can be read of `documents`."""
    documents, words = completed(documents), words_of(documents)
    keys = [key for key in KEYS if key not in unreadable]
    read = {key: _section(key, documents.get(key, {}), words=words, fills=False) for key in keys}
    if not any(part.faults for part in read.values()):
        return _draft(documents, read, read, unreadable=unreadable)
    filled = {
        key: _section(key, documents.get(key, {}), words=words, fills=True) if part.value is not None else part
        for key, part in read.items()
    }
    otherwise = _draft(documents, filled, read, unreadable=unreadable)
    return replace(_draft(documents, read, filled, unreadable=unreadable), otherwise=otherwise)


Readings = Mapping[str, Mended[Section]]


def _draft(documents: Documents, read: Readings, otherwise: Readings, *, unreadable: frozenset[str]) -> Draft:
    sections = {key: _draft_section(key, documents.get(key, {}), part, otherwise[key]) for key, part in read.items()}
    return Draft(sections=sections, unreadable=unreadable)


def _section(key: str, document: Document, *, words: Words, fills: bool) -> Mended[Section]:
    return mended(MODELS[key], document, lambda thing: parse_section(key, thing, words=words), fills=fills)  # type: ignore[arg-type]


def _draft_section(key: str, document: Document, read: Mended[Section], otherwise: Mended[Section]) -> DraftSection:
    """The section that was read, with the faults of shape that both ways of reading it show."""
    said_otherwise = {(fault.path, fault.details["msg"]) for fault in otherwise.later}
    later = [fault for fault in read.later if (fault.path, fault.details["msg"]) in said_otherwise]
    touched = read.edits.touched()
    return DraftSection(
        section=read.value,
        edits=read.edits,
        diagnostics=tuple(dict.fromkeys([*diagnostics(key, read.faults), *diagnostics(key, later)])),
        words=frozenset(word for path in touched for word in _words(document, path)),
        uncertain=frozenset(kind for path in touched for kind in _kinds(key, path))
        | (_all_kinds(key) if read.value is None or _is_absent(key, document) else frozenset()),
    )


def _is_absent(key: str, document: Document) -> bool:
    """Whether nothing of a section is there in which something must be."""
    return not document and not may_be_absent(key)


def _all_kinds(key: str) -> frozenset[str]:
    """Every kind of names that a section declares."""
    return frozenset(kind for (section, _), kinds in _DECLARED_IN.items() if section == key for kind in kinds)


def _kinds(key: str, path: Path) -> Iterator[str]:
    """The kinds of names that a malformed attribute declares."""
    lists = [name for section, name in _DECLARED_IN if section == key]
    if len(path) == 1 and (near := get_close_matches(str(path[0]), lists, n=1)):
        yield from _DECLARED_IN[key, near[0]]
    if len(path) == 3 and path[-1] in _IDS:  # noqa: PLR2004 (list, index, attribute)
        yield from _DECLARED_IN.get((key, str(path[0])), ())
    if key == "intake" and ("milestones" in path[-2:] or (path[-3:-2] == ("milestones",) and path[-1] == "name")):
        yield "events"
    if key == "intake" and (path[-1] == "input" or ("fields" in path and path[-1] in ("fields", "id"))):
        yield "inputs"
    if key == "intake" and (path[-1] == "opens" or (path[-1] == "relation" and "opens" in path)):
        yield "relations"
    if key == "settlement" and (path[-1] in ("inputs", "columns") or (path[-1] == "id" and "inputs" in path)):
        yield "remedy_inputs"
    if key == "intake" and len(path) == 5 and path[2] == "input" and path[-1] == "id":  # noqa: PLR2004
        yield "inputs"


def _words(document: object, path: Path) -> Iterator[str]:
    """The names that what is written at `path` may declare: not those that it refers to."""
    written = document
    for part in path:
        written = child(written, part)
    name = next((part for part in reversed(path) if isinstance(part, str)), "")
    if get_close_matches(name, _NAMING, n=1) or len(path) <= 2:  # noqa: PLR2004 (a list of the section, or its item)
        yield from _texts(written)
    else:
        yield from _ids(written)


def _texts(thing: object) -> Iterator[str]:
    match thing:
        case str():
            yield thing
        case list():
            for item in thing:
                yield from _texts(item)
        case Mapping():
            yield from _ids(thing)


def _ids(thing: object) -> Iterator[str]:
    """The names in a malformed map or list: its keys, as of a map where a list is meant, and the ids inside."""
    match thing:
        case Mapping():
            for key, item in thing.items():
                yield str(key)
                yield from _texts(item) if key in _NAMING else _ids(item)
        case list():
            for item in thing:
                yield from _ids(item)
        case _:
            return
