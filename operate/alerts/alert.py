"""What an alert is: its rule, what it means, the panel that shows it, and the proof that it fires and ends."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from shared.kernel.text import Text

Severity = Literal["page", "ticket"]
RUNBOOKS: Final = "docs/runbooks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Series with the fault in them, one value a minute in promtool's notation; when the alert fires and when it has ended.

    The alert does not fire at `quiet_at`, fires with `labels` at `fires_at`, and does not at `ended_at`.
    """

    series: Mapping[str, str]
    quiet_at: str
    fires_at: str
    ended_at: str
    labels: Mapping[str, str] = field(default_factory=dict)
    more: tuple[Mapping[str, str], ...] = ()
    """The labels of further alerts that fire beside it at `fires_at`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alert rule. `page` wakes a person, `ticket` waits for the next working day.

    `panel` is the uid of a dashboard and the English title of a panel there.
    """

    name: str
    severity: Severity
    expr: str
    for_: str
    summary: Text
    means: Text
    panel: tuple[str, str]
    proof: Proof

    @property
    def runbook(self) -> str:
        """The page of the repository that says what to do."""
        return f"{RUNBOOKS}/{self.name}.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A recording rule."""

    record: str
    expr: str
