"""What sla knows of a case: the facts that goals depend on, and which milestones it reached, in which order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.kernel.ids import CaseId, OrgId

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


def advance(case: Case, milestones: Sequence[str], *, at: datetime, facts: Mapping[str, Fact] | None) -> Case:
    """The case after an event: `facts` replaces the whole set; None leaves it."""
    reached = dict(case.milestones)
    seq = case.seq
    for name in milestones:
        seq += 1
        reached[name] = Reached(at=at, seq=seq)
    return replace(case, milestones=reached, seq=seq, facts=case.facts if facts is None else facts)
