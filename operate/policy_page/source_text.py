"""`source.md` of a pack: the words of the document, in passages that rule ids find.

A heading that begins with rule ids begins a passage: `## LS-3`, `## LG-35a, LG-35b Article 35`; what stands behind the
ids is its place in the document. Any other heading ends it: a chapter's title, with the text below it. Markdown is
CommonMark with tables; HTML is shown as text, and pictures are not loaded.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from operate.errors import OperatorError

FILE: Final = "source.md"
LARGEST: Final = 2 * 1024 * 1024
"""Of the file, in bytes: some hundred printed pages."""

_RULE: Final = r"[A-Z][A-Z0-9]*-[A-Za-z0-9]+(?:\.[A-Za-z0-9]+)*"
_HEADING: Final = re.compile(rf"({_RULE}(?:\s*[,，、]\s*{_RULE})*)(?:\s*[:：]|\s+|$)\s*(.*)")
_BETWEEN: Final = re.compile(r"\s*[,，、]\s*")
_LEVEL: Final = "h4"
"""Headings of the document stand below those of the page, whatever their level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A part of the document and the rules in it; without rules it is read only: a preamble, a chapter's title."""

    rules: tuple[str, ...]
    place: str
    html: Markup
    line: int


def read_source(folder: Path) -> tuple[Passage, ...]:
    """The passages of the pack's `source.md` in their order; none without the file. Raises OperatorError."""
    file = folder / FILE
    try:
        content = file.read_bytes()
        text = content.decode()
    except FileNotFoundError:
        return ()
    except UnicodeDecodeError:
        raise OperatorError(f"{file}: not UTF-8") from None
    except OSError as error:
        raise OperatorError(f"{file}: {error.strerror or 'cannot be read'}") from None
    if len(content) > LARGEST:
        raise OperatorError(f"{file}: larger than {LARGEST // 1024} KiB")
    found = passages(text)
    _refuse_twice(found, file)
    return found


def passages(text: str) -> tuple[Passage, ...]:
    """The passages of a text."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    environment: dict[str, object] = {}
    tokens = markdown.parse(text, environment)

    def shown(part: Sequence[Token]) -> Markup:
        # The renderer escapes all text, and html=False makes text of HTML.
        return Markup(markdown.renderer.render(part, markdown.options, environment).strip())  # noqa: S704

    return tuple(_passage(part, shown(_below(part))) for part in _parts(tokens))


def _parts(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """The tokens from one heading to the next; headings inside a passage that name no rule begin a part too."""
    part: list[Token] = []
    for token in tokens:
        if token.type == "heading_open" and token.level == 0 and part:
            yield part
            part = []
        if token.type in ("heading_open", "heading_close"):
            token.tag = _LEVEL
        part.append(token)
    if part:
        yield part


def _named(part: Sequence[Token]) -> re.Match[str] | None:
    """The ids and the place of a part that begins with a rule's heading."""
    return _HEADING.fullmatch(part[1].content.strip()) if part[0].type == "heading_open" else None


def _below(part: Sequence[Token]) -> Sequence[Token]:
    """The part without its heading when that is shown as ids and place."""
    return part[3:] if _named(part) else part


def _passage(part: Sequence[Token], html: Markup) -> Passage:
    named = _named(part)
    line = (part[0].map or [0])[0] + 1
    if named is None:
        return Passage(rules=(), place="", html=html, line=line)
    return Passage(rules=tuple(_BETWEEN.split(named[1])), place=named[2], html=html, line=line)


def _refuse_twice(found: Sequence[Passage], file: Path) -> None:
    seen: dict[str, int] = {}
    for passage in found:
        for rule in passage.rules:
            if rule in seen:
                raise OperatorError(f"{file}:{passage.line}: {rule} has a heading in line {seen[rule]} already")
            seen[rule] = passage.line
