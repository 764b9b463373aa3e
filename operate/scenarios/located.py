"""A scenario file read like a pack (the same small, safe YAML), every error with its file and line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from operate.errors import OperatorError
from operate.scenarios.nearest_key import nearest_key
from shared.packs.language.diagnostics import UNREADABLE
from shared.packs.language.yaml_reader import Node, read_yaml

M = TypeVar("M", bound=BaseModel)
Finding = tuple[tuple[str | int, ...], str]


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
    faults: tuple[str, ...] = ()
    """What is wrong with the YAML itself, with file and line."""

    def line(self, *path: str | int) -> int:
        """The line of the value at `path`, or of its nearest ancestor in the file."""
        return self.root.locate(path)[0].line

    def parse(self, model: type[M]) -> M:
        """The document as `model`; raises ScenarioInvalid with all findings at once."""
        parsed, findings = self.parse_part(model)
        if parsed is None or self.faults:
            raise ScenarioInvalid([*self.faults, *self.ordered(findings)])
        return parsed

    def parse_part(self, model: type[M], *path: str | int) -> tuple[M | None, list[Finding]]:
        """The value at `path` as `model`, or every finding with its path in the document."""
        value: Any = self.root.plain()
        for part in path:
            value = value[part]
        try:
            return model.model_validate(value), []
        except ValidationError as error:
            return None, [((*path, *entry["loc"]), message(entry, model)) for entry in error.errors()]

    def ordered(self, findings: Iterable[Finding]) -> list[str]:
        """The findings as a person reads them, in the order of their lines."""
        placed = [(self.line(*path), self.finding(path, message)) for path, message in findings]
        return list(dict.fromkeys(text for _, text in sorted(placed, key=lambda each: each[0])))

    def finding(self, path: Sequence[str | int], message: str) -> str:
        """`message` with the file, the line and the place that it is about."""
        node, shown = self.root.locate(tuple(path))
        return f"{self.file}:{node.line}: {shown or '(scenario)'}: {message}"


_PLAINLY = {
    "missing": "is missing",
    "extra_forbidden": "is not known here",
    "string_type": "must be text",
    "string_pattern_mismatch": "must be one word of letters, digits, _ and -",
    "dict_type": "must be a map",
    "model_type": "must be a map",
    "list_type": "must be a list",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "too_short": "must not be empty",
    "literal_error": "must be one of {expected}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
}


def message(error: ErrorDetails, model: type[BaseModel]) -> str:
    """A finding in terms of the file, with the key that was probably meant."""
    near = nearest_key(model, error["loc"]) if error["type"] == "extra_forbidden" else None
    return plain_message(error) + (f" (is `{near}` meant?)" if near else "")


def plain_message(error: ErrorDetails) -> str:
    """A finding in terms of the file."""
    if error["type"] not in _PLAINLY:
        return error["msg"].removeprefix("Value error, ")
    return _PLAINLY[error["type"]].format_map(error.get("ctx", {}))


def read(file: Path) -> Located:
    """Parse `file`; raises ScenarioInvalid when it is missing, too large, or not the YAML we read."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise ScenarioInvalid([f"{file}: cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise ScenarioInvalid([f"{file}: is not UTF-8"]) from None
    root, faults = read_yaml(text, file=str(file), decimals_are_text=True)
    if any(fault.code == UNREADABLE for fault in faults):
        raise ScenarioInvalid([str(fault) for fault in faults])
    return Located(file=file, root=root, faults=tuple(map(str, faults)))
