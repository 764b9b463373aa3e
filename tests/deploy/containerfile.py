"""What `deploy/Containerfile` says, read so that a test can do the same without a container."""

import json
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

PLACE: Final = Path("deploy/Containerfile")


@dataclass(slots=True)
class Stage:
    """One stage: instructions with their arguments, in order."""

    base: str
    name: str = ""
    steps: list[tuple[str, str]] = field(default_factory=list)

    def copied(self) -> list[tuple[list[str], str]]:
        """Sources in the build context and the target of each COPY that has no `--from`."""
        found = [shlex.split(rest) for word, rest in self.steps if word == "COPY" and "--from" not in rest]
        return [(words[:-1], words[-1]) for words in found]

    def of(self, word: str) -> list[str]:
        """The arguments of an instruction, each time it is given."""
        return [rest for each, rest in self.steps if each == word]

    def environment(self) -> dict[str, str]:
        return dict(pair.split("=", 1) for rest in self.of("ENV") for pair in shlex.split(rest))

    def health_command(self) -> list[str]:
        [check] = self.of("HEALTHCHECK")
        words: list[str] = json.loads(check.partition("CMD")[2])
        return words


def stages() -> list[Stage]:
    """The stages in their order; the last one is the image."""
    found: list[Stage] = []
    for line in PLACE.read_text(encoding="utf-8").splitlines():
        word, _, rest = line.partition(" ")
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            found.append(Stage(base, name))
        elif found and line and not line.startswith("#"):
            found[-1].steps.append((word, rest))
    return found
