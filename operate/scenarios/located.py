"""A scenario file read like a pack (the same small, safe YAML), every error with its file and line."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from operate.errors import OperatorError
from shared.policy.yaml_reader import Node, read_yaml

M = TypeVar("M", bound=BaseModel)


class ScenarioInvalid(OperatorError):
    """The scenario file cannot be run; every finding is `file:line: where: what`."""

    def __init__(self, findings: Sequence[str]) -> None:
        super().__init__("\n".join(findings))
        self.findings = list(findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A parsed document whose every value knows its line."""

    file: Path
    root: Node

    def line(self, *path: str | int) -> int:
        """The line of the value at `path`, or of its nearest ancestor in the file."""
        return self.root.locate(path)[0].line

    def parse(self, model: type[M]) -> M:
        """The document as `model`; raises ScenarioInvalid with all findings at once."""
        try:
            return model.model_validate(self.root.plain())
        except ValidationError as error:
            raise ScenarioInvalid([self._finding(entry["loc"], entry["msg"]) for entry in error.errors()]) from None

    def _finding(self, path: Sequence[str | int], message: str) -> str:
        node, shown = self.root.locate(tuple(path))
        return f"{self.file}:{node.line}: {shown or '(scenario)'}: {message.removeprefix('Value error, ')}"


def read(file: Path) -> Located:
    """Parse `file`; raises ScenarioInvalid when it is missing, too large, or not the YAML we read."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioInvalid([f"{file}:1: cannot be read: {error}"]) from None
    root, faults = read_yaml(text, file=str(file), decimals_are_text=True)
    if faults:
        raise ScenarioInvalid([str(fault) for fault in faults])
    return Located(file=file, root=root)
