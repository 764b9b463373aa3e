"""What sla knows of a case: the facts that goals depend on, and which milestones it reached, in which order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.contracts.intake import Fact as Fact
from shared.kernel.errors import Unavailable
from shared.kernel.ids import CaseId, OrgId
from shared.kernel.text import Text
from shared.packs.language.conditions import judged
from shared.packs.language.expression import ExpressionFailed
from shared.packs.language.types import Expr


class CaseNotHereYet(Unavailable):
    """An event of a case came before its registration, which is on its way on another partition."""

    code = "case_not_here_yet"
    title = Text(en="Case not available yet", zh="案件尚未同步，请稍后重试")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """When a milestone happened (for the last time), and its number among the milestones that sla has heard of."""

    at: datetime
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case as sla sees it, pinned to one policy version."""

    org: OrgId
    case_id: CaseId
    number: str
    case_type: str
    channel: str
    pack: str
    policy_version: int
    facts: Mapping[str, Fact]
    milestones: Mapping[str, Reached]
    seq: int

    def context(self) -> dict[str, object]:
        """What the pack's conditions see."""
        return {"facts": self.facts, "case": {"case_type": self.case_type, "channel": self.channel}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a rule could not work out, for the log: a dotted name, why, and the rule or clock concerned."""

    name: str
    reason: str
    cite: str | None = None
    clock_id: str | None = None


class Evaluation:
    """The expressions of a pack over one case. One that cannot be computed yields nothing and leaves a note."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self._context = case.context()
        self._notes: list[Note] = []

    @property
    def notes(self) -> tuple[Note, ...]:
        """What could not be worked out so far."""
        return tuple(self._notes)

    def note(self, name: str, *, reason: str, cite: str | None = None, clock_id: str | None = None) -> None:
        """Remember something for the log."""
        self._notes.append(Note(name=name, reason=reason, cite=cite, clock_id=clock_id))

    def holds(self, condition: Expr, *, cite: str) -> bool:
        """Whether the condition is true. One that cannot be computed (an absent fact, compared) does not hold yet."""
        judgement = judged(condition, self._context)
        if judgement.failure is not None:
            self.note("condition.failed", reason=judgement.failure.detail, cite=cite)
        return judgement.holds

    def value(self, expression: Expr, *, cite: str, name: str) -> object:
        """What the expression yields; None when it cannot be computed, with a note `<name>.failed`."""
        try:
            return expression.value(self._context)
        except ExpressionFailed as failure:
            self.note(f"{name}.failed", reason=failure.detail, cite=cite)
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEvent:
    """Milestones that a case reached at `at`, recorded at `recorded_at`; `facts` None when they did not change."""

    org: OrgId
    case_id: CaseId
    milestones: Sequence[str]
    at: datetime
    recorded_at: datetime
    facts: Mapping[str, Fact] | None = None


def advance(case: Case, milestones: Sequence[str], *, at: datetime, facts: Mapping[str, Fact] | None) -> Case:
    """The case after an event: `facts` replaces the whole set; None leaves it."""
    reached = dict(case.milestones)
    seq = case.seq
    for name in milestones:
        seq += 1
        reached[name] = Reached(at=at, seq=seq)
    return replace(case, milestones=reached, seq=seq, facts=case.facts if facts is None else facts)
