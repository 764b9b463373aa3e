"""Lists of things with an `id` (a gap's `ref`) in which two have the same one."""

from collections.abc import Callable, Iterator

from shared.packs.language.diagnostics import Diagnostic
from shared.packs.language.types import Path
from shared.packs.language.yaml_reader import Node


def duplicates(section: str, tree: Node, *, place: Callable[[Node, Path], str]) -> list[Diagnostic]:
    """An error for every second `id` within one list of a document; `place` names where the first stands."""
    return [
        Diagnostic(
            severity="error",
            code="duplicate",
            section=section,
            path=path,
            message=f"duplicate id; first at {place(first, where)}",
        )
        for path, first, where in _second_ones(tree, ())
    ]


def _second_ones(node: Node, path: Path) -> Iterator[tuple[Path, Node, Path]]:
    match node.value:
        case dict() as members:
            for key, below in members.items():
                yield from _second_ones(below, (*path, key))
        case list() as items:
            first: dict[str, tuple[Node, Path]] = {}
            for index, item in enumerate(items):
                here: Path = (*path, index)
                name = item.identity()
                if name is not None and first.setdefault(name, (item, here))[1] != here:
                    yield here, *first[name]
                yield from _second_ones(item, here)
        case _:
            return
