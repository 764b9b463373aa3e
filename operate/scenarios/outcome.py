"""How a scenario went: each step with its answers and what differs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from operate.scenarios.difference import Difference
from operate.scenarios.format import Scenario
from operate.scenarios.session import Answer
from shared.packs.publishing.load import LoadedPack


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """A step as it went: when (local), who, which verb, what came back, and what differs."""

    number: int
    line: int
    at: str
    by: str
    title: str
    note: str
    rules: tuple[str, ...]
    answers: tuple[Answer, ...]
    differences: tuple[Difference, ...]


@dataclass(slots=True)
class Outcome:
    """A scenario's run. It passed when every step was taken and nothing differs."""

    scenario: Scenario
    file: Path
    pack: LoadedPack
    organisation: str = ""
    steps: list[StepResult] = field(default_factory=list)
    cases: Mapping[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """True when every step was taken and nothing differs."""
        whole = len(self.steps) == len(self.scenario.steps)
        return whole and not any(step.differences for step in self.steps)
