"""Reads a pack from its folder: five YAML files, `extends` resolved, checked, every fault with file and line."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from shared.packs.documents import KEYS, Documents, Sections, digest, may_be_absent
from shared.packs.language.diagnostics import (
    UNREADABLE,
    Diagnostic,
    LocatedDiagnostic,
    PackInvalid,
    without_echoes,
)
from shared.packs.language.types import Path as SectionPath
from shared.packs.language.yaml_reader import LARGEST_FILE, Node, read_yaml
from shared.packs.publishing.check import check, shape_without_base
from shared.packs.publishing.draft import draft_of
from shared.packs.publishing.duplicates import duplicates
from shared.packs.publishing.merge import merged
from shared.packs.publishing.renamed import renamed
from shared.packs.publishing.size import refuse_too_large

ROOT: Final = Path(__file__).parents[3] / "deploy" / "policies"
_NAME: Final = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")
_LONGEST_CHAIN: Final = 8
_TELLING: Final = 5
"""So many letters at the beginning tell which section a file is: `notifications.yaml`."""

Trees = dict[str, Node]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedPack:
    """A pack as its files say. `sections` is None when there are errors; warnings alone do not prevent it."""

    folder: Path
    documents: Documents
    digest: str
    sections: Sections | None
    diagnostics: tuple[LocatedDiagnostic, ...]
    trees: Mapping[str, Node]

    def place(self, section: str, path: SectionPath) -> tuple[str, int]:
        """The file and line where something of a section is written (in a pack that this one extends, perhaps)."""
        node, _ = self.trees[section].locate(path)
        return node.file, node.line

    @property
    def errors(self) -> tuple[LocatedDiagnostic, ...]:
        return tuple(each for each in self.diagnostics if each.severity == "error")

    @property
    def warnings(self) -> tuple[LocatedDiagnostic, ...]:
        return tuple(each for each in self.diagnostics if each.severity == "warning")

    def valid(self) -> Sections:
        """The sections; raises PackInvalid with every error when there are errors."""
        if self.sections is None or self.errors:
            raise PackInvalid(self.errors)
        return self.sections


def load_pack(reference: str | Path, *, root: Path = ROOT) -> LoadedPack:
    """The pack of a name (a folder under `root`) or of any folder's path. Raises PackInvalid, PackTooLarge."""
    folder = pack_folder(reference, root=root)
    reading = _Reading(root)
    trees = reading.pack(folder)
    written = {key: tree.plain() for key, tree in trees.items()}
    refuse_too_large(written)  # type: ignore[arg-type]
    reading.miss(folder, trees)
    documents, old_names = renamed(written)  # type: ignore[arg-type]
    draft = draft_of(documents, unreadable=frozenset(reading.unreadable))
    found = (
        [each for key, tree in trees.items() for each in duplicates(key, tree, place=_line_of)]
        + old_names
        + (shape_without_base(draft) if reading.lacks_base else check(draft))
    )
    diagnostics = [
        *reading.diagnostics,
        *(_located(each, trees) for each in found),
        *_named_otherwise(folder, trees),
    ]
    failed = any(each.severity == "error" for each in diagnostics)
    return LoadedPack(
        folder=folder,
        documents=documents,
        digest=digest(documents),
        sections=None if failed else draft.whole(),
        diagnostics=tuple(_ordered(diagnostics)),
        trees=trees,
    )


def pack_folder(reference: str | Path, *, root: Path = ROOT) -> Path:
    """Where the pack lies. Raises PackInvalid when there is no such folder."""
    named = root / reference if isinstance(reference, str) and _NAME.fullmatch(reference) else None
    for folder in (named, Path(reference)):
        if folder is not None and (folder / "pack.yaml").is_file():
            return folder
    known = ", ".join(sorted(place.parent.name for place in root.glob("*/pack.yaml"))) or "none"
    raise PackInvalid([f"no pack {reference}: no pack.yaml in that folder, nor is it one under {root}: {known}"])


@dataclass(slots=True)
class _Reading:
    root: Path
    diagnostics: list[LocatedDiagnostic] = field(default_factory=list)
    unreadable: set[str] = field(default_factory=set)
    lacks_base: bool = False
    """The pack extends one that is not there, so that nothing is known of the names that would come from it."""

    def pack(self, folder: Path, above: tuple[Path, ...] = ()) -> Trees:
        """The trees of `folder` with everything it extends merged below."""
        self._strangers(folder)
        trees = {key: self._file(folder, key) for key in KEYS}
        base = self._base(folder, trees["pack"], (*above, folder.resolve()))
        if base is None:
            return trees
        return {key: merged(base[key], trees[key], self.diagnostics) for key in KEYS}

    def _base(self, folder: Path, pack: Node, above: tuple[Path, ...]) -> Trees | None:
        if not isinstance(pack.value, dict) or "extends" not in pack.value:
            return None
        extends = pack.value.pop("extends")
        name = extends.value
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            self._refuse(extends, "must be the name of a pack")
            return None
        found = next((place / name for place in (folder.parent, self.root) if (place / name).is_dir()), None)
        if found is None:
            self._refuse(extends, f"no pack {name} beside this one or under {self.root}")
            return None
        if found.resolve() in above or len(above) >= _LONGEST_CHAIN:
            chain = " → ".join(path.name for path in (*above, found))
            self._refuse(extends, f"packs extend each other: {chain}")
            return None
        return self.pack(found, above)

    def miss(self, folder: Path, trees: Trees) -> None:
        """An error for each file that is not there, in this pack or one that it extends, and must be."""
        for key in KEYS:
            path = folder / f"{key}.yaml"
            if trees[key].value or key in self.unreadable or self.lacks_base or path.exists() or may_be_absent(key):
                continue
            self.unreadable.add(key)
            message = f"there is no {key}.yaml, and a pack needs one"
            self.diagnostics.append(LocatedDiagnostic(file=_shown(path), line=1, path="", message=message))

    def _refuse(self, node: Node, message: str) -> None:
        self.lacks_base = True
        self.diagnostics.append(
            LocatedDiagnostic(file=node.file, line=node.line, path="extends", message=message, code="extends")
        )

    def _strangers(self, folder: Path) -> None:
        """An error for each file that is no section; the section that it may have been meant for is not known."""
        allowed = [f"{key}.yaml" for key in KEYS]
        for path in sorted(folder.iterdir()):
            if path.suffix.lower() not in (".yaml", ".yml", ".json") or path.name in allowed or not path.is_file():
                continue
            meant = _meant(path.stem.lower())
            if meant is not None and not (folder / f"{meant}.yaml").exists():
                self.unreadable.add(meant)
            guess = f"; {meant}.yaml?" if meant else ""
            message = f"no file of a pack, which has {', '.join(allowed)}{guess}"
            self.diagnostics.append(
                LocatedDiagnostic(file=_shown(path), line=1, path="", message=message, code=UNREADABLE)
            )

    def _file(self, folder: Path, key: str) -> Node:
        """The tree of one file; a file that is not there is an empty section."""
        path = folder / f"{key}.yaml"
        name = _shown(path)
        try:
            text, found = _text(path), []
        except FileNotFoundError:
            return Node(name, 1, {})
        except _Unreadable as error:
            fault = LocatedDiagnostic(file=name, line=error.line, path="", message=str(error), code=UNREADABLE)
            text, found = "", [fault]
        tree, faults = read_yaml(text, file=name)
        found += faults
        self.diagnostics += found
        if any(each.code == UNREADABLE for each in found):
            self.unreadable.add(key)
        return tree


def _meant(stem: str) -> str | None:
    """The section that a file may have been meant for."""
    alike = get_close_matches(stem, KEYS, n=1) or [key for key in KEYS if stem.startswith(key[:_TELLING])]
    return next(iter(alike), None)


class _Unreadable(Exception):
    """Why a file has no text, and the line of the cause."""

    def __init__(self, message: str, *, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise _Unreadable(f"larger than {LARGEST_FILE // 1024} KiB")
        content = path.read_bytes()
        return content.decode()
    except FileNotFoundError:
        raise
    except UnicodeDecodeError as error:
        raise _Unreadable("not UTF-8", line=content.count(b"\n", 0, error.start) + 1) from None
    except OSError as error:
        raise _Unreadable(error.strerror or "cannot be read") from error


def _shown(path: Path) -> str:
    """The path as a person at the terminal would type it."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _line_of(node: Node, _: SectionPath) -> str:
    return f"{node.file}:{node.line}"


def _located(diagnostic: Diagnostic, trees: Trees) -> LocatedDiagnostic:
    """A diagnostic at its line."""
    node, shown = trees[diagnostic.section].locate(diagnostic.path)
    return LocatedDiagnostic(
        file=node.file,
        line=node.line,
        path=shown,
        message=diagnostic.message,
        code=diagnostic.code,
        severity=diagnostic.severity,
    )


def _named_otherwise(folder: Path, trees: Trees) -> list[LocatedDiagnostic]:
    name = trees["pack"].child("id")
    if name is None or name.value == folder.resolve().name:
        return []
    message = f"the folder is called {folder.resolve().name}"
    return [
        LocatedDiagnostic(file=name.file, line=name.line, path="id", message=message, code="name", severity="warning")
    ]


def _ordered(diagnostics: Iterable[LocatedDiagnostic]) -> list[LocatedDiagnostic]:
    """Files that cannot be read first, then in the order of files and lines."""
    places = {key: index for index, key in enumerate(KEYS)}

    def place(each: LocatedDiagnostic) -> tuple[bool, int, str, int]:
        return each.code != UNREADABLE, places.get(Path(each.file).stem, len(places)), each.file, each.line

    return sorted(without_echoes(diagnostics), key=place)
