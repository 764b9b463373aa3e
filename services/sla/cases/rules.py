"""What sla knows of a case: the facts that goals depend on, and which milestones it reached, in which order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from shared.kernel.ids import CaseId, OrgId
from shared.packs.language.expression import ExpressionFailed
from shared.packs.language.types import Expr
from shared.platform.observability.logging import logger

_LOG: Final = logger()

Fact = str | int | bool | None | list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """When a milestone happened (for the last time), and as which of the case's events we learned of it."""

    at: datetime
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case as sla sees it, pinned to a policy version for life."""

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
class CaseEvent:
    """Milestones that a case reached at `at`, recorded at `recorded_at`; `facts` None when they did not change."""

    org: OrgId
    case_id: CaseId
    milestones: Sequence[str]
    at: datetime
    recorded_at: datetime
    facts: Mapping[str, Fact] | None = None


def holds(condition: Expr, case: Case, *, cite: str) -> bool:
    """A condition that cannot be computed (a fact that nobody knows yet, compared) does not hold yet."""
    try:
        return condition.holds(case.context())
    except ExpressionFailed as failure:
        _LOG.warning("condition_failed", case_id=case.case_id, cite=cite, reason=failure.detail)
        return False


def advance(case: Case, milestones: Sequence[str], *, at: datetime, facts: Mapping[str, Fact] | None) -> Case:
    """The case after an event: `facts` replaces the whole set; None leaves it."""
    reached = dict(case.milestones)
    seq = case.seq
    for name in milestones:
        seq += 1
        reached[name] = Reached(at=at, seq=seq)
    return replace(case, milestones=reached, seq=seq, facts=case.facts if facts is None else facts)
