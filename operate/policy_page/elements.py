"""Elements of a pack that carry out a rule: what each is, how people call it, what it says, where it stands."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from pydantic import BaseModel

from operate.policy_page.details import Detail, details_of
from operate.policy_page.labels import Labels
from operate.policy_page.words import CAPTIONS, KINDS, OTHER
from shared.kernel.text import Text
from shared.packs.documents import Sections
from shared.packs.language.types import Path
from shared.packs.notify.model.section import NotifySection, Rule
from shared.packs.publishing.cited_rules import CitedRule

_IDS: Final = re.compile(r"\[[^\]]*\]")
_DRAWN: Final = {
    ("intake", "case_types"): "workflow",
    ("sla", "clocks"): "clock",
    ("settlement", "remedies"): "remedy",
    ("pack", "define"): "definition",
    ("pack", "tables"): "table",
}
"""What the drawings of things are called, by the place of the things."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One element that cites a rule. `within` is the thing that it is a part of; `drawn` is the id of a drawing."""

    kind: Text
    label: Text | None
    within: Text | None
    name: str
    details: tuple[Detail, ...]
    where: str
    place: str
    drawn: str | None


def element_of(cited: CitedRule, sections: Sections, *, labels: Labels, place: str) -> Element:
    """The element of one citation; `place` is the file and line where it stands."""
    chain = tuple(_chain(getattr(sections, cited.section), cited.path))
    thing = chain[-1]
    above = [label for each in chain[:-1] if (label := label_of(each)) is not None]
    details = details_of(thing, labels)
    return Element(
        kind=_kind(cited.where),
        label=label_of(thing),
        within=above[-1] if above else None,
        name=_name(thing, cited.path),
        details=(*details, *_words(thing, sections.notify)),
        where=cited.where,
        place=place,
        drawn=_drawing(cited, sections),
    )


def label_of(thing: object) -> Text | None:
    """What people read for it: its label, or its message."""
    for name in ("label", "message", "title"):
        text = getattr(thing, name, None)
        if isinstance(text, Text):
            return text
    return None


def _chain(thing: object, path: Path) -> Iterator[object]:
    """The thing at each part of a path, from the section to the element."""
    yield thing
    for part in path:
        thing = _below(thing, part)
        yield thing


def _below(thing: object, part: str | int) -> object:
    match thing:
        case BaseModel():
            fields = type(thing).model_fields
            return getattr(thing, next(name for name, field in fields.items() if (field.alias or name) == part))
        case Mapping():
            return thing[part]
        case Sequence() if isinstance(part, int):
            return thing[part]
        case _:
            raise LookupError(f"no {part} in {type(thing).__name__}")


def _kind(where: str) -> Text:
    """By the longest beginning of its path that has a word."""
    parts = _IDS.sub("", where).split(".")
    for length in range(len(parts), 1, -1):
        if (kind := KINDS.get(".".join(parts[:length]))) is not None:
            return kind
    return OTHER


def _name(thing: object, path: Path) -> str:
    """The id of what has one, else the last name or the number in its path; rows are counted from 1."""
    own = getattr(thing, "id", None)
    if isinstance(own, str):
        return own
    last = path[-1]
    return f"{last + 1}" if isinstance(last, int) else last


def _words(thing: object, notify: NotifySection) -> Iterator[Detail]:
    """The subject of a message."""
    if isinstance(thing, Rule):
        texts = notify.template(thing.template).locales
        subject = Text(zh=texts["zh-CN"].subject.source, en=texts["en"].subject.source)
        yield Detail(caption=CAPTIONS["subject"], values=(subject,))


def _drawing(cited: CitedRule, sections: Sections) -> str | None:
    """The id of the drawing or table in which the element stands."""
    thing = next(islice(_chain(getattr(sections, cited.section), cited.path), 2, None), None)
    own = getattr(thing, "id", "")
    match cited.section, cited.path[0]:
        case "intake", "steps":
            types = getattr(thing, "case_types", ()) or tuple(each.id for each in sections.intake.case_types)
            return f"workflow-{types[0]}"
        case "settlement", "approval" | "own_approval":
            return "approval"
        case section, part if (drawn := _DRAWN.get((section, str(part)))) is not None:
            return f"{drawn}-{own}"
        case _:
            return None
