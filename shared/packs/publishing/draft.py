"""A pack as it is read for checking: what is malformed is left out, so that the rest can be checked all the same.

An error of shape (an unknown key, a missing one, a wrong type) is reported once, where it is. The smallest thing
around it that can be spared, an item of a list or an optional key, is left out; what was written in it is kept as
words, so that names which it declares are not reported as unknown.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.packs.documents import KEYS, Document, Documents, Sections, completed, parse_section
from shared.packs.language.diagnostics import Diagnostic
from shared.packs.language.hours import TIME
from shared.packs.language.section import Section
from shared.packs.language.types import EVENT, ID, Path

_MOST_PASSES: Final = 40
_UNKNOWN_KEY: Final = frozenset({"extra_forbidden", "unexpected_keyword_argument"})
_MISSING: Final = frozenset({"missing", "missing_argument", "missing_keyword_only_argument"})
_WRONG_KIND: Final = frozenset({"model_type", "dataclass_type", "tuple_type", "dict_type", "literal_error"})
"""What each choice of a union says that is not meant at all."""
_NAMED_IN: Final[Mapping[tuple[str, str], str]] = {
    ("pack", "roles"): "roles",
    ("pack", "gaps"): "gaps",
    **{("intake", kind): kind for kind in ("case_types", "statuses", "steps", "facts", "documents", "records")},
    **{("sla", kind): kind for kind in ("calendars", "clocks")},
    **{("settlement", kind): kind for kind in ("remedies", "accounts")},
    ("notify", "templates"): "templates",
}
"""The kind of names that the ids of a list are."""
_WRITTEN: Final[Mapping[str, str]] = {
    ID: "an id is lower case, with _ or - between words: `refund_slip`",
    EVENT: "an event is called `thing.happened`, lower case: `case.accepted`",
    TIME: 'a time of day has four digits: "08:00"',
}
"""What is said of text that does not fit a pattern."""

S = TypeVar("S", bound=Section)


@dataclass(frozen=True, kw_only=True)
class DraftSection:
    """One section as far as it could be read; None when too little of it was well formed."""

    section: Section | None
    diagnostics: tuple[Diagnostic, ...] = ()
    left_out: frozenset[Path] = frozenset()
    """Paths in the document of what is malformed."""
    words: frozenset[str] = frozenset()
    """Keys and texts in what was left out."""

    def is_whole(self, path: Path = ()) -> bool:
        """True when nothing below a path of the document was left out."""
        return not any(out[: len(path)] == path for out in self.left_out)

    def written_at(self, path: Path) -> Path:
        """Where in the document a path of the section is written."""
        return _written_at(path, self.left_out)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """The sections of a pack; `unreadable` are those whose files are not YAML, of which nothing is known."""

    sections: Mapping[str, DraftSection]
    unreadable: frozenset[str] = frozenset()

    @cached_property
    def parts(self) -> Mapping[str, Section]:
        """The sections that could be read, by key."""
        return {key: part.section for key, part in self.sections.items() if part.section is not None}

    @cached_property
    def words(self) -> frozenset[str]:
        """What stands in left-out parts: names that may be declared there."""
        return frozenset[str]().union(*(part.words for part in self.sections.values()))

    @cached_property
    def uncertain(self) -> frozenset[str]:
        """Kinds of which a declared name is malformed, so that another one may only look unknown."""
        return frozenset(kind for key, part in self.sections.items() for kind in _uncertain(key, part.diagnostics))

    @property
    def is_whole(self) -> bool:
        """True when every section is there with all that was written."""
        return not self.unreadable and all(part.section and part.is_whole() for part in self.sections.values())

    def whole(self) -> Sections | None:
        """The sections, when the draft is whole."""
        return Sections(**self.parts) if self.is_whole else None  # type: ignore[arg-type]

    def part(self, key: str, model: type[S]) -> S | None:
        """One section, when it could be read."""
        found = self.parts.get(key)
        return found if isinstance(found, model) else None


def draft_of(documents: Documents, *, unreadable: frozenset[str] = frozenset()) -> Draft:
    """What can be read of `documents`."""
    documents = completed(documents)
    keys = [key for key in KEYS if key not in unreadable]
    return Draft(sections={key: draft_section(key, documents.get(key, {})) for key in keys}, unreadable=unreadable)


def draft_section(key: str, document: Document) -> DraftSection:
    """What can be read of one document."""
    said: tuple[Diagnostic, ...] = ()
    left_out: frozenset[Path] = frozenset()
    for _ in range(_MOST_PASSES):
        try:
            section = parse_section(key, _without(document, left_out))  # type: ignore[arg-type]
        except ValidationError as error:
            faults = error.errors(include_url=False, include_input=False)
            said = said or tuple(_diagnostics(key, document, faults))
            more = {_spared(_real(document, _written_at(fault["loc"], left_out)), fault) for fault in faults}
            if more - left_out == set() or () in more:
                break
            left_out |= more
        else:
            words = frozenset(word for path in left_out for word in _words(_at(document, path)))
            return DraftSection(section=section, diagnostics=said, left_out=left_out, words=words)
    return DraftSection(section=None, diagnostics=said, left_out=frozenset({()}), words=frozenset(_words(document)))


def _uncertain(key: str, diagnostics: tuple[Diagnostic, ...]) -> Iterator[str]:
    for path in (diagnostic.path for diagnostic in diagnostics):
        if key == "intake" and "milestones" in path:
            yield "events"
        elif path and path[-1] in {"id", "ref"} and (kind := _NAMED_IN.get((key, str(path[0])))):
            yield kind


def _real(document: object, path: Path) -> Path:
    """The parts of a path that the document has, without a key that is missing and the names of a union's choices."""
    real: Path = ()
    thing = document
    for part in path:
        below = _child(thing, part)
        if below is not None or (isinstance(thing, Mapping) and part in thing):
            real, thing = (*real, part), below
    return real


def _spared(real: Path, fault: ErrorDetails) -> Path:
    """The smallest part of the document around a fault that can be left out; the whole when there is none."""
    if fault["type"] in _UNKNOWN_KEY:
        return real
    items = [index for index, part in enumerate(real) if isinstance(part, int)]
    return real[: items[-1] + 1] if items else real[:1]


def _child(thing: object, part: str | int) -> object:
    if isinstance(thing, Mapping):
        return thing.get(part)
    if isinstance(thing, list) and isinstance(part, int) and 0 <= part < len(thing):
        return thing[part]
    return None


def _at(document: object, path: Path) -> object:
    for part in path:
        document = _child(document, part)
    return document


def _without(thing: object, left_out: frozenset[Path], path: Path = ()) -> object:
    if not left_out:
        return thing
    match thing:
        case Mapping():
            return {
                key: _without(item, left_out, (*path, key))
                for key, item in thing.items()
                if (*path, key) not in left_out
            }
        case list():
            return [
                _without(item, left_out, (*path, index))
                for index, item in enumerate(thing)
                if (*path, index) not in left_out
            ]
        case _:
            return thing


def _written_at(path: Path, left_out: frozenset[Path]) -> Path:
    """The path before items were left out of lists."""
    result: Path = ()
    for part in path:
        if isinstance(part, int):
            gone = (out[-1] for out in left_out if len(out) == len(result) + 1 and out[:-1] == result)
            for index in sorted(index for index in gone if isinstance(index, int)):
                part += index <= part  # noqa: PLW2901 (each item left out before it moves it on)
        result = (*result, part)
    return result


def _words(thing: object) -> Iterator[str]:
    match thing:
        case str():
            yield thing
        case Mapping():
            for key, item in thing.items():
                yield str(key)
                yield from _words(item)
        case list():
            for item in thing:
                yield from _words(item)
        case _:
            return


def _diagnostics(section: str, document: object, faults: list[ErrorDetails]) -> Iterator[Diagnostic]:
    """The faults at the paths of the document; of a union, those of the choice that was meant."""
    places = [(_real(document, fault["loc"]), fault) for fault in faults]
    closer = {real for real, fault in places if fault["type"] not in _WRONG_KIND}
    for real, fault in places:
        if fault["type"] in _WRONG_KIND and any(place[: len(real)] == real for place in closer):
            continue
        path = (*real, fault["loc"][-1]) if fault["type"] in _MISSING else real
        yield Diagnostic(severity="error", code="schema", section=section, path=path, message=_said(fault))


def _said(fault: ErrorDetails) -> str:
    match fault["type"]:
        case kind if kind in _MISSING:
            return "missing"
        case kind if kind in _UNKNOWN_KEY:
            return "unknown key"
        case "dataclass_type":
            return "write both languages: {zh: …, en: …}"
        case "string_pattern_mismatch" if (pattern := str(fault.get("ctx", {}).get("pattern"))) in _WRITTEN:
            return _WRITTEN[pattern]
        case _:
            message = fault["msg"].removeprefix("Value error, ")
            return message[:1].lower() + message[1:]
