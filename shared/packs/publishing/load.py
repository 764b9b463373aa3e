"""Reads a pack from its folder: five YAML files, `extends` resolved, checked, every fault with file and line."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from shared.packs.documents import KEYS, Documents, Sections, digest, parse_sections
from shared.packs.language.diagnostics import Fault, Finding, PackInvalid, without_echoes
from shared.packs.language.types import Path as SectionPath
from shared.packs.language.yaml_reader import LARGEST_FILE, Node, read_yaml
from shared.packs.publishing.check import check
from shared.packs.publishing.merge import duplicates, merged

ROOT: Final = Path(__file__).parents[3] / "deploy" / "policies"
_NAME: Final = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")
_LONGEST_CHAIN: Final = 8

Trees = dict[str, Node]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedPack:
    """A pack as its files say. `sections` is None when there are errors; warnings alone do not prevent it."""

    folder: Path
    documents: Documents
    digest: str
    sections: Sections | None
    faults: tuple[Fault, ...]
    trees: Mapping[str, Node]

    def place(self, section: str, path: SectionPath) -> tuple[str, int]:
        """The file and line where something of a section is written (in a pack that this one extends, perhaps)."""
        node, _ = self.trees[section].locate(path)
        return node.file, node.line

    @property
    def errors(self) -> tuple[Fault, ...]:
        return tuple(fault for fault in self.faults if fault.severity == "error")

    @property
    def warnings(self) -> tuple[Fault, ...]:
        return tuple(fault for fault in self.faults if fault.severity == "warning")

    def valid(self) -> Sections:
        """The sections; raises PackInvalid with every fault when there are errors."""
        if self.sections is None or self.errors:
            raise PackInvalid(self.errors)
        return self.sections


def load_pack(reference: str | Path, *, root: Path = ROOT) -> LoadedPack:
    """The pack of a name (a folder under `root`) or of any folder's path."""
    folder = pack_folder(reference, root=root)
    reading = _Reading(root)
    trees = reading.pack(folder)
    faults = reading.faults
    for tree in trees.values():
        faults += duplicates(tree)
    documents = {key: tree.plain() for key, tree in trees.items()}
    sections, findings = parse_sections(documents)  # type: ignore[arg-type]
    if sections is not None:
        findings = check(sections)
    faults += [_placed(finding, trees) for finding in findings]
    faults += _named_otherwise(folder, trees)
    failed = any(fault.severity == "error" for fault in faults)
    return LoadedPack(
        folder=folder,
        documents=documents,  # type: ignore[arg-type]
        digest=digest(documents),  # type: ignore[arg-type]
        sections=None if failed else sections,
        faults=tuple(_ordered(faults)),
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
    faults: list[Fault] = field(default_factory=list)

    def pack(self, folder: Path, above: tuple[Path, ...] = ()) -> Trees:
        """The trees of `folder` with everything it extends merged below."""
        trees = {key: self._file(folder / f"{key}.yaml") for key in KEYS}
        base = self._base(folder, trees["pack"], (*above, folder.resolve()))
        if base is None:
            return trees
        return {key: merged(base[key], trees[key], self.faults) for key in KEYS}

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

    def _refuse(self, node: Node, message: str) -> None:
        self.faults.append(Fault(file=node.file, line=node.line, path="extends", message=message, code="extends"))

    def _file(self, path: Path) -> Node:
        """The tree of one file; a file that is not there is an empty section."""
        name = _shown(path)
        try:
            if path.stat().st_size > LARGEST_FILE:
                return self._unreadable(name, f"larger than {LARGEST_FILE // 1024} KiB")
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return Node(name, 1, {})
        except UnicodeDecodeError:
            return self._unreadable(name, "not UTF-8")
        except OSError as error:
            return self._unreadable(name, error.strerror or "cannot be read")
        tree, faults = read_yaml(text, file=name)
        self.faults += faults
        return tree

    def _unreadable(self, name: str, message: str) -> Node:
        self.faults.append(Fault(file=name, line=1, path="", message=message, code="yaml"))
        return Node(name, 1, {})


def _shown(path: Path) -> str:
    """The path as a person at the terminal would type it."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _placed(finding: Finding, trees: Trees) -> Fault:
    """A finding at its line."""
    tree = trees.get(finding.section)
    if tree is None:
        return Fault(file=f"{finding.section}.yaml", line=1, path="", message=finding.message, code=finding.code)
    node, shown = tree.locate(finding.path)
    return Fault(
        file=node.file,
        line=node.line,
        path=shown,
        message=finding.message,
        code=finding.code,
        severity=finding.severity,
    )


def _named_otherwise(folder: Path, trees: Trees) -> list[Fault]:
    name = trees["pack"].child("id")
    if name is None or name.value == folder.resolve().name:
        return []
    message = f"the folder is called {folder.resolve().name}"
    return [Fault(file=name.file, line=name.line, path="id", message=message, code="name", severity="warning")]


def _ordered(faults: Iterable[Fault]) -> list[Fault]:
    """In the order of files and lines."""
    places = {key: index for index, key in enumerate(KEYS)}
    return sorted(
        without_echoes(faults),
        key=lambda fault: (places.get(Path(fault.file).stem, len(places)), fault.file, fault.line),
    )
