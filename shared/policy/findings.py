"""What is wrong with a pack, and where: said to the person who writes it, all of it at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from shared.errors import Rejected
from shared.policy.section import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault (`error`, the pack is refused) or one doubt (`warning`), at a path of a section."""

    severity: Literal["error", "warning"]
    code: str
    section: str
    path: Path
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A finding at its place in a file; its text is what editors and terminals make a link of."""

    file: str
    line: int
    path: str
    message: str
    code: str = "schema"
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        place = f"{self.path}: " if self.path else ""
        prefix = "warning: " if self.severity == "warning" else ""
        return f"{self.file}:{self.line}: {place}{prefix}{self.message}"


class PackInvalid(Rejected):
    """A pack has faults: all of them in `faults`, the first hundred in `fields.faults`."""

    code = "pack_invalid"

    def __init__(self, faults: Sequence[Fault | str]) -> None:
        self.faults = tuple(map(str, faults))
        super().__init__(detail=f"{len(self.faults)} faults", fields={"faults": list(self.faults[:100])})


class PackTooLarge(Rejected):
    """The pack does not fit into one event (256 KiB)."""

    code = "pack_too_large"
