"""YAML whose every error names file and line, read safely.

A `Located` keeps the plain data beside the line of each path, so that a pydantic error location
(`('steps', 3, 'at')`) becomes `file.yaml:41`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from operate.errors import OperatorError

MAX_BYTES = 1_000_000

Path_ = tuple[str | int, ...]


class ScenarioInvalid(OperatorError):
    """The scenario file cannot be run; every finding is `file:line: where: what`."""

    def __init__(self, findings: Sequence[str]) -> None:
        super().__init__("\n".join(findings))
        self.findings = list(findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A parsed document: its plain data and the line of every path in it."""

    file: Path
    data: Any
    lines: dict[Path_, int]

    def line(self, path: Sequence[str | int]) -> int:
        """The line of `path`, or of its nearest ancestor that stands in the file."""
        known = tuple(path)
        while known and known not in self.lines:
            known = known[:-1]
        return self.lines.get(known, 1)

    def parse(self, model: type[BaseModel]) -> Any:
        """The data as `model`; raises ScenarioInvalid with all findings at once."""
        try:
            return model.model_validate(self.data)
        except ValidationError as error:
            raise ScenarioInvalid([self._finding(entry["loc"], entry["msg"]) for entry in error.errors()]) from None

    def _finding(self, location: Sequence[str | int], message: str) -> str:
        dotted = ".".join(str(part) for part in location) or "(document)"
        return f"{self.file}:{self.line(location)}: {dotted}: {message}"


def read(file: Path) -> Located:
    """Parse `file`; raises ScenarioInvalid when it is missing, too large, or not YAML."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise ScenarioInvalid([f"{file}: cannot be read: {error.strerror}"]) from None
    if len(raw) > MAX_BYTES:
        raise ScenarioInvalid([f"{file}: larger than {MAX_BYTES} bytes"])
    yaml = YAML(typ="safe", pure=True)
    try:
        node = yaml.compose(raw.decode())
        lines: dict[Path_, int] = {}
        _walk(node, (), lines, set())
        data = yaml.load(raw.decode())
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ScenarioInvalid([f"{file}:{line}: not YAML: {error.problem}"]) from None
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise ScenarioInvalid([f"{file}: not readable as UTF-8 YAML: {type(error).__name__}"]) from None
    return Located(file=file, data=data, lines=lines)


def _walk(node: Node | None, path: Path_, lines: dict[Path_, int], open_nodes: set[int]) -> None:
    if node is None or id(node) in open_nodes:
        return
    lines.setdefault(path, node.start_mark.line + 1)
    open_nodes.add(id(node))
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if isinstance(key, ScalarNode):
                lines[(*path, key.value)] = key.start_mark.line + 1
                _walk(value, (*path, key.value), lines, open_nodes)
    elif isinstance(node, SequenceNode):
        for index, value in enumerate(node.value):
            _walk(value, (*path, index), lines, open_nodes)
    open_nodes.discard(id(node))
