"""A pack that arrives as JSON: the same checks as `redress policy lint`, without files and lines."""

from dataclasses import dataclass

from shared.packs.documents import KEYS, Documents, Sections
from shared.packs.language.diagnostics import Diagnostic, LocatedDiagnostic, without_echoes
from shared.packs.language.types import Path
from shared.packs.language.yaml_reader import Node, node_of
from shared.packs.publishing.check import check
from shared.packs.publishing.draft import draft_of
from shared.packs.publishing.duplicates import duplicates
from shared.packs.publishing.renamed import renamed


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What is to be said about a pack; `sections` is None when there are errors. Files and lines there are none.

    `documents` are those to publish: events have their present names.
    """

    documents: Documents
    sections: Sections | None
    diagnostics: tuple[LocatedDiagnostic, ...]

    @property
    def errors(self) -> tuple[LocatedDiagnostic, ...]:
        return tuple(each for each in self.diagnostics if each.severity == "error")


def review(documents: Documents) -> Review:
    """Everything to say about a pack, and its sections when it may be published."""
    trees = {key: node_of(documents.get(key, {}), file=key) for key in KEYS}
    documents, old_names = renamed(documents)
    draft = draft_of(documents)
    found = [
        *old_names,
        *(_unknown_document(key) for key in documents if key not in KEYS),
        *(each for key, tree in trees.items() for each in _duplicates(key, tree)),
        *check(draft),
    ]
    diagnostics = tuple(without_echoes(_located(each, trees) for each in found))
    failed = any(each.severity == "error" for each in diagnostics)
    return Review(documents=documents, sections=None if failed else draft.whole(), diagnostics=diagnostics)


def _unknown_document(key: str) -> Diagnostic:
    message = f"a pack has only {', '.join(KEYS)}"
    return Diagnostic(severity="error", code="schema", section=key, path=(), message=message)


def _duplicates(key: str, tree: Node) -> list[Diagnostic]:
    def place(_: Node, path: Path) -> str:
        return _shown(tree, path)

    return duplicates(key, tree, place=place)


def _shown(tree: Node, path: Path) -> str:
    return tree.locate(path)[1]


def _located(diagnostic: Diagnostic, trees: dict[str, Node]) -> LocatedDiagnostic:
    tree = trees.get(diagnostic.section)
    return LocatedDiagnostic(
        file=diagnostic.section,
        line=1,
        path=_shown(tree, diagnostic.path) if tree is not None else "",
        message=diagnostic.message,
        code=diagnostic.code,
        severity=diagnostic.severity,
    )
