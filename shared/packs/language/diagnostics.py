"""What is wrong with a pack or looks like a mistake, and where; an author gets all diagnostics of a pack at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from shared.kernel.errors import Rejected
from shared.kernel.text import Text
from shared.packs.language.types import Path

Severity = Literal["error", "warning"]

UNREADABLE: Final = "unreadable"
"""The code of an error after which nothing of a file is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One error (the pack is refused) or one warning, at a path of a section."""

    severity: Severity
    code: str
    section: str
    path: Path
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LocatedDiagnostic:
    """A diagnostic at its line of a file; editors and terminals make a link of its text."""

    file: str
    line: int
    path: str
    message: str
    code: str = "schema"
    severity: Severity = "error"

    def text(self) -> str:
        """What and where in the document: `steps[route].goto: no status foo`."""
        return f"{self.path}: {self.message}" if self.path else self.message

    def __str__(self) -> str:
        prefix = "warning: " if self.severity == "warning" else ""
        return f"{self.file}:{self.line}: {prefix}{self.text()}"


def without_echoes(diagnostics: Iterable[LocatedDiagnostic]) -> list[LocatedDiagnostic]:
    """Each diagnostic once, and none that only says of a whole what another says of its part (unions do)."""
    unique = list(dict.fromkeys(diagnostics))
    deep = {(each.file, each.path) for each in unique if each.code == "schema"}
    return [each for each in unique if each.code != "schema" or not _has_part(each.path, deep, file=each.file)]


def _has_part(path: str, deep: Iterable[tuple[str, str]], *, file: str) -> bool:
    return any(of == file and other.startswith((f"{path}.", f"{path}[")) for of, other in deep) and bool(path)


class PackInvalid(Rejected):
    """A pack has faults: all of them in `faults`, the first hundred in `fields.faults`."""

    code = "pack_invalid"
    title = Text(en="Invalid policy pack", zh="规则包存在错误")

    def __init__(self, faults: Sequence[LocatedDiagnostic | str]) -> None:
        self.faults = tuple(map(str, faults))
        super().__init__(detail=f"{len(self.faults)} faults", fields={"faults": list(self.faults[:100])})


class PackTooLarge(Rejected):
    """The pack does not fit into one event (256 KiB)."""

    code = "pack_too_large"
    title = Text(en="Policy pack too large", zh="规则包过大")
