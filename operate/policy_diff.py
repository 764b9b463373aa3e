"""What differs between two packs, in an author's words: element by element with label and rule, not line by line."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any, Final

import orjson

from shared.packs.documents import KEYS, Documents
from shared.packs.language.citations import citations
from shared.packs.publishing.renamed import renamed

_LONGEST: Final = 160
_TEXT_KEYS: Final = frozenset({"zh", "en"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """The part of a pack that a change is in: its path, its label and the rules that it carries out."""

    path: str
    label: str = ""
    cites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference; `what` is the setting inside of the element, empty where all of it is added or removed."""

    element: Element
    what: str
    before: object = None
    after: object = None

    def line(self) -> str:
        """`stop: ["case.closed"] → ["case.settled"]`."""
        if self.what == "order":
            return f"order: {_short(self.before)} → {_short(self.after)}"
        if self.before is None or self.after is None:
            verb = "added" if self.before is None else "removed"
            value = self.after if self.before is None else self.before
            return f"{verb}: {self.what + ': ' if self.what else ''}{_short(value)}"
        return f"{self.what}: {_short(self.before)} → {_short(self.after)}"


def changes(before: Documents, after: Documents) -> list[Change]:
    """What differs from one pack to the other, section by section; old names of events count as the present ones."""
    old, new = renamed(before)[0], renamed(after)[0]
    return [
        change
        for key in KEYS
        for change in _of_maps(old.get(key, {}), new.get(key, {}), element=Element(path=key), at="")
    ]


def told(found: Sequence[Change]) -> str:
    """The changes below the elements that they are in, and the rules that they touch."""
    lines: list[str] = []
    last = ""
    for change in found:
        head = " ".join(filter(None, (change.element.path, change.element.label, _cited(change.element))))
        if head != last:
            lines.append(head)
            last = head
        lines.append(f"    {change.line()}")
    rules = sorted({cite.split()[0] for change in found for cite in change.element.cites})
    return "\n".join([*lines, *([f"Rules touched: {', '.join(rules)}"] if rules else [])]) or "No difference."


def _cited(element: Element) -> str:
    return f"({'; '.join(element.cites)})" if element.cites else ""


def _of_maps(before: Mapping[str, Any], after: Mapping[str, Any], *, element: Element, at: str) -> Iterator[Change]:
    for key in dict.fromkeys((*before, *after)):
        old, new = before.get(key), after.get(key)
        if old != new:
            yield from _of_values(old, new, element=element, at=f"{at}.{key}" if at else key)


def _of_values(old: Any, new: Any, *, element: Element, at: str) -> Iterator[Change]:
    match old, new:
        case Mapping(), Mapping() if not _TEXT_KEYS.issuperset({*old, *new}):
            yield from _of_maps(old, new, element=element, at=at)
        case ((list() | None), (list() | None)) if _named(old or []) and _named(new or []):
            yield from _of_named(old or [], new or [], element=element, at=at)
        case list(), list() if any(isinstance(item, Mapping) for item in (*old, *new)):
            yield from _of_rows(old, new, element=element, at=at)
        case _:
            yield Change(element=element, what=at, before=old, after=new)


def _of_named(old: list[Any], new: list[Any], *, element: Element, at: str) -> Iterator[Change]:
    before, after = ({_name(item): item for item in items} for items in (old, new))
    for name in dict.fromkeys((*before, *after)):
        one, other = before.get(name), after.get(name)
        if one == other:
            continue
        inner = _element(other or one, f"{element.path}.{at}[{name}]", around=element)
        if one is None or other is None:
            yield Change(element=inner, what="", before=one, after=other)
        else:
            yield from _of_maps(one, other, element=inner, at="")
    kept, moved = ([name for name in items if name in before and name in after] for items in (before, after))
    if kept != moved:
        yield Change(element=replace(element, path=f"{element.path}.{at}"), what="order", before=kept, after=moved)


def _of_rows(old: list[Any], new: list[Any], *, element: Element, at: str) -> Iterator[Change]:
    """Rows without names: what is alike stays together; a row in the place of another one is compared with it."""
    alike = SequenceMatcher(a=list(map(_text, old)), b=list(map(_text, new)), autojunk=False)
    for tag, begin, end, first, last in alike.get_opcodes():
        if tag == "equal":
            continue
        for i in range(max(end - begin, last - first)):
            one = old[begin + i] if begin + i < end else None
            other = new[first + i] if first + i < last else None
            place = f"{at}[{(first if other is not None else begin) + i}]"
            inner = _element(other if isinstance(other, Mapping) else one, f"{element.path}.{place}", around=element)
            if isinstance(one, Mapping) and isinstance(other, Mapping):
                yield from _of_maps(one, other, element=inner, at="")
            else:
                yield Change(element=inner, what="", before=one, after=other)


def _element(item: Any, path: str, *, around: Element) -> Element:
    if not isinstance(item, Mapping):
        return replace(around, path=path)
    label = item.get("label") or item.get("message") or item.get("text")
    given = item.get("cite")
    cites = given if isinstance(given, list) else citations(given) if isinstance(given, str) else around.cites
    words = f"{label.get('zh')} / {label.get('en')}" if isinstance(label, Mapping) else ""
    return Element(path=path, label=words, cites=tuple(map(str, cites)))


def _named(items: list[Any]) -> bool:
    return all(isinstance(item, Mapping) and _name(item) for item in items)


def _name(item: Mapping[str, Any]) -> str:
    return str(item.get("id") or item.get("ref") or "")


def _text(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _short(value: Any) -> str:
    match value:
        case Mapping() if set(value) == _TEXT_KEYS:
            text = f"{value['zh']} / {value['en']}"
        case Mapping() if "id" in value or "ref" in value:
            text = _name(value)
        case str():
            text = value
        case _:
            text = _text(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
