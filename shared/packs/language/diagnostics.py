"""What is wrong with a pack or looks like a mistake, and where; an author gets all diagnostics of a pack at once."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from shared.kernel.errors import Rejected
from shared.kernel.text import Text
from shared.packs.language.types import Path

Severity = Literal["error", "warning"]

UNREADABLE: Final = "unreadable"
"""The code of an error after which nothing of a file is known."""
MOST_FINDINGS: Final = 200
"""So many findings of one pack are told; of the others their number."""
_PART: Final = re.compile(r"[.\[]")


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
    wholes = {(each.file, whole) for each in unique if each.code == "schema" for whole in _wholes(each.path)}
    return [each for each in unique if each.code != "schema" or (each.file, each.path) not in wholes]


def _wholes(path: str) -> Iterable[str]:
    """Every path of which `path` is a part: `a` and `a[b]` for `a[b].c`."""
    return (path[: mark.start()] for mark in _PART.finditer(path) if mark.start())


def first_findings(found: Sequence[LocatedDiagnostic]) -> tuple[list[LocatedDiagnostic], int]:
    """The findings to tell, errors before warnings when not all are told, and the number of the others."""
    if len(found) <= MOST_FINDINGS:
        return list(found), 0
    errors_first = sorted(found, key=lambda each: each.severity != "error")
    return errors_first[:MOST_FINDINGS], len(found) - MOST_FINDINGS


class PackInvalid(Rejected):
    """A pack has faults: those that are told in `faults`, a hundred in `fields.faults`, how many in `detail`."""

    code = "pack_invalid"
    title = Text(en="Invalid policy pack", zh="规则包存在错误")

    def __init__(self, faults: Sequence[LocatedDiagnostic | str], *, more: int = 0) -> None:
        self.faults = tuple(map(str, faults))
        super().__init__(detail=f"{len(self.faults) + more} faults", fields={"faults": list(self.faults[:100])})


class PackTooLarge(Rejected):
    """The pack does not fit into one event (256 KiB), or has more keys and items than `fields.most`."""

    code = "pack_too_large"
    title = Text(en="Policy pack too large", zh="规则包过大")
