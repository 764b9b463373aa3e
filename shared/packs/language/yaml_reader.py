"""YAML of a policy pack as a tree that remembers lines; a small, safe part of YAML 1.2.

Built from parser events, so nothing is constructed that a pack cannot mean: no tags, no aliases to
multiply, no merge keys, no dates, no floats (a decimal is quoted text), no duplicate keys. Text is text:
`no`, `on` and `2026-03-02` are strings.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from shared.packs.language.diagnostics import UNREADABLE, LocatedDiagnostic
from shared.packs.language.types import Path
from shared.packs.language.yaml_errors import why_unreadable
from shared.packs.language.yaml_mends import mend, no_number, torn_items

LARGEST_FILE: Final = 512 * 1024
DEEPEST: Final = 24
_MOST_NODES: Final = 50_000
_INTEGER: Final = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_NO_SPACE: Final = re.compile(r"(?P<key>[a-z][a-z0-9_]*):(?P<value>[^/:\\s][^:]*)")
_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}

Scalar = str | int | bool | None


@dataclass(slots=True)
class Node:
    """One value of a pack with the place where it (and, in a map, its key) is written."""

    file: str
    line: int
    value: "Scalar | dict[str, Node] | list[Node]"

    def plain(self) -> object:
        """The value without places, as JSON would have it."""
        match self.value:
            case dict():
                return {key: node.plain() for key, node in self.value.items()}
            case list():
                return [node.plain() for node in self.value]
            case _:
                return self.value

    def child(self, part: str | int) -> "Node | None":
        """The value under a key or index, if there is one."""
        if isinstance(self.value, dict) and isinstance(part, str):
            return self.value.get(part)
        if isinstance(self.value, list) and isinstance(part, int) and 0 <= part < len(self.value):
            return self.value[part]
        return None

    def identity(self) -> str | None:
        """The `id` (or a gap's `ref`) by which lists are merged and named."""
        for key in ("id", "ref"):
            named = self.child(key)
            if named is not None and isinstance(named.value, str):
                return named.value
        return None

    def locate(self, path: Path) -> "tuple[Node, str]":
        """The deepest existing node along `path`, and the path as a person reads it (`steps[route].gates[0]`).

        Parts that do not exist in the tree (a missing key, a union's tag) are left out, but for the last.
        """
        node, shown = self, ""
        for part in path:
            below = node.child(part)
            if below is None:
                if part == path[-1] and isinstance(part, str) and part.isidentifier():
                    shown += f".{part}" if shown else part
                continue
            name = below.identity() if isinstance(part, int) else None
            shown += f"[{name or part}]" if isinstance(part, int) else (f".{part}" if shown else part)
            node = below
        return node, shown


def node_of(value: object, *, file: str) -> Node:
    """The tree of plain data, all on line 1: for naming places in a pack that came as JSON."""
    match value:
        case Mapping():
            return Node(file, 1, {str(key): node_of(item, file=file) for key, item in value.items()})
        case list() | tuple():
            return Node(file, 1, [node_of(item, file=file) for item in value])
        case str() | int() | None:
            return Node(file, 1, value)
        case _:
            return Node(file, 1, str(value))


@dataclass(slots=True)
class _Reader:
    file: str
    faults: list[tuple[int, str, Path]] = field(default_factory=list)
    nodes: int = 0
    decimals_are_text: bool = False

    def fault(self, line: int, message: str, path: Path) -> None:
        self.faults.append((line, message, path))

    def located(self, root: Node) -> list[LocatedDiagnostic]:
        """The faults with their paths as people read them."""
        return [
            LocatedDiagnostic(file=self.file, line=line, path=_shown(root, path)[:200], message=message, code="yaml")
            for line, message, path in self.faults
        ]

    def node(self, event: Event, events: Iterator[Event], depth: int, path: Path) -> Node:
        line = event.start_mark.line + 1
        self.nodes += 1
        if self.nodes > _MOST_NODES:
            raise _Refused(line, f"more than {_MOST_NODES} values")
        if depth > DEEPEST:
            raise _Refused(line, f"nested deeper than {DEEPEST}")
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            raise _Refused(line, "anchors and aliases may not be used")
        if str(tag := getattr(event, "ctag", None)) not in {"None", "!"}:
            raise _Refused(line, f"tag {tag} may not be used")
        match event:
            case MappingStartEvent():
                members = _Members(flows=bool(event.flow_style))
                self.members(members, events, depth, path)
                return Node(self.file, line, members.nodes)
            case SequenceStartEvent():
                return Node(self.file, line, self.items(events, depth, path, flows=bool(event.flow_style)))
            case ScalarEvent():
                return Node(self.file, line, self.scalar(event, line, path))
            case _:
                raise _Refused(line, f"unexpected {type(event).__name__}")

    def members(self, members: "_Members", events: Iterator[Event], depth: int, path: Path) -> None:
        for event in events:
            if isinstance(event, MappingEndEvent):
                break
            line = event.start_mark.line + 1
            if not isinstance(event, ScalarEvent):
                raise _Refused(line, "a key must be text")
            key = self.node(event, events, depth + 1, path).value
            name = event.value if event.style is None and not isinstance(key, str) else str(key)
            below = (*path, name)
            following = next(events)
            value = self.node(following, events, depth + 1, below)
            value.line = line
            if members.flows and _has_no_colon(event, following):
                self.without_colon(members, event, line, path)
            elif name == "<<" or len(name) > 128:  # noqa: PLR2004 (longer than any id)
                self.fault(line, "not a key of a pack", below)
            elif name in members.nodes:
                self.fault(line, f"duplicate key; first on line {members.nodes[name].line}", below)
            else:
                members.nodes[name] = value
        for name, torn in members.torn.items():
            self.fault(torn.line, mend(name, torn.value), (*path, name))

    def without_colon(self, members: "_Members", event: ScalarEvent, line: int, path: Path) -> None:
        """A part of a flow map that is no key: `unit:day` without a space, or text after an unquoted comma."""
        found = _NO_SPACE.fullmatch(event.value) if event.style is None else None
        if found is None or found["key"] in members.nodes:
            members.tear(str(event.value), line)
            return
        name = found["key"]
        value = int(found["value"]) if _INTEGER.fullmatch(found["value"]) else found["value"]
        members.nodes[name] = Node(self.file, line, value)
        self.fault(line, f"a space is missing after the colon: {name}: {found['value'][:80]}", (*path, name))

    def items(self, events: Iterator[Event], depth: int, path: Path, *, flows: bool) -> list[Node]:
        items: list[Node] = []
        plain: list[str] = []
        for event in events:
            if isinstance(event, SequenceEndEvent):
                break
            plain.append(event.value if isinstance(event, ScalarEvent) and event.style is None else "")
            items.append(self.node(event, events, depth + 1, (*path, len(items))))
        for index, message in torn_items(plain) if flows else ():
            self.fault(items[index].line, message, (*path, index))
        return items

    def scalar(self, event: ScalarEvent, line: int, path: Path) -> Scalar:
        text: str = event.value
        if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
            raise _Refused(line, "text holds a NUL or a lone surrogate")
        if event.style is not None:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text) and not self.decimals_are_text:
            self.fault(line, no_number(text), path)
        return text


@dataclass(slots=True)
class _Members:
    """The keys of one map. In a flow map (`{a: b, c: d}`) an unquoted comma tears a text into keys without a colon."""

    flows: bool
    nodes: dict[str, Node] = field(default_factory=dict)
    torn: dict[str, Node] = field(default_factory=dict)

    def tear(self, part: str, line: int) -> None:
        """Put a part that stands where a key is expected back to the text before the comma."""
        name = next(reversed(self.nodes), None)
        before = self.nodes.get(name) if name is not None else None
        if name is None or before is None or not isinstance(before.value, str | int):
            raise _Refused(line, f"`{part}` in {{…}} has neither a colon nor a value")
        before.value = f"{before.value}, {part}"
        self.torn[name] = before


def _shown(root: Node, path: Path) -> str:
    """A path as people read it, with a last key that was not taken into the tree."""
    shown = root.locate(path)[1]
    last = path[-1] if path else ""
    return shown if not isinstance(last, str) or shown.endswith(last) else f"{shown}.{last}".lstrip(".")


def _has_no_colon(key: ScalarEvent, value: Event) -> bool:
    empty = isinstance(value, ScalarEvent) and value.style is None and value.value == ""
    return bool(empty and value.start_mark.index == key.end_mark.index)


class _Refused(Exception):
    def __init__(self, line: int, message: str) -> None:
        self.line = line
        self.message = message


def read_yaml(text: str, *, file: str, decimals_are_text: bool = False) -> tuple[Node, list[LocatedDiagnostic]]:
    """The one document in `text`, and its errors; an empty map and one error when the text is unreadable.

    With `decimals_are_text` an unquoted decimal is read as it is written instead of being refused.
    """
    root, faults = _read(text, decimals_are_text=decimals_are_text)
    return _placed(root, file), [replace(fault, file=file) for fault in faults]


@lru_cache(maxsize=16)
def _read(text: str, *, decimals_are_text: bool) -> tuple[Node, list[LocatedDiagnostic]]:
    """Of a file without a name. A pack's files are read again by every pack that extends it and after every change."""
    reader = _Reader("", decimals_are_text=decimals_are_text)
    try:
        root = _document(reader, text) or Node("", 1, {})
    except (_Refused, YAMLError, RecursionError, ValueError) as error:
        line, message = (error.line, error.message) if isinstance(error, _Refused) else why_unreadable(error, text)
        # What was found before it may follow from it.
        return Node("", 1, {}), [LocatedDiagnostic(file="", line=line, path="", message=message, code=UNREADABLE)]
    return root, reader.located(root)


def _placed(node: Node, file: str) -> Node:
    match node.value:
        case dict():
            return Node(file, node.line, {key: _placed(below, file) for key, below in node.value.items()})
        case list():
            return Node(file, node.line, [_placed(below, file) for below in node.value])
        case _:
            return Node(file, node.line, node.value)


def _document(reader: _Reader, text: str) -> Node | None:
    if len(text) > LARGEST_FILE:
        raise _Refused(1, f"larger than {LARGEST_FILE // 1024} KiB")
    parser = YAML(typ="safe", pure=True)
    events: Iterator[Event] = iter(parser.parse(text))
    root: Node | None = None
    for event in events:
        if isinstance(event, DocumentStartEvent):
            if root is not None:
                raise _Refused(event.start_mark.line + 1, "one document to a file")
            if event.version is not None or event.tags:
                raise _Refused(event.start_mark.line + 1, "directives may not be used")
        elif isinstance(event, (ScalarEvent, MappingStartEvent, SequenceStartEvent, AliasEvent)):
            root = reader.node(event, events, 0, ())
    if root is None or root.value is None:
        return None
    if not isinstance(root.value, dict):
        raise _Refused(root.line, "must be a map")
    return root
