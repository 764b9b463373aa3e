"""What a check found, and what is to be done about it."""

from dataclasses import asdict, dataclass
from enum import StrEnum


class Level(StrEnum):
    """`warn` works now and may not later, or cannot be judged; `fail` does not work."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of `redress doctor`. Neither text holds a password."""

    check: str
    """`<what>.<property>`, never changed: programs read it."""
    subject: str
    """A service, a topic, a consumer group or a file."""
    level: Level
    found: str
    advice: str = ""
    """What to do, where the level is not `ok`."""

    def __post_init__(self) -> None:
        if (self.level is Level.OK) != (not self.advice):
            raise ValueError(f"{self.check}: what is not well has an advice, and only that")

    def as_line(self) -> str:
        """The finding for a person, with the advice on a line of its own."""
        line = f"{self.level:<5} {self.check:<24} {self.subject}: {self.found}"
        return f"{line}\n      → {self.advice}" if self.advice else line

    def as_object(self) -> dict[str, str]:
        """The finding for a program."""
        return {**asdict(self), "level": self.level.value}


def ok(check: str, subject: str, found: str) -> Finding:
    """All is well."""
    return Finding(check=check, subject=subject, level=Level.OK, found=found)


def warn(check: str, subject: str, found: str, *, advice: str) -> Finding:
    """It works, or it cannot be told."""
    return Finding(check=check, subject=subject, level=Level.WARN, found=found, advice=advice)


def fail(check: str, subject: str, found: str, *, advice: str) -> Finding:
    """It does not work."""
    return Finding(check=check, subject=subject, level=Level.FAIL, found=found, advice=advice)
