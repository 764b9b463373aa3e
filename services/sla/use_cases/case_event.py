"""An event of a case as the clocks take it, whichever topic it came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.sla.domain.case import Case, Fact
from shared.kernel.ids import CaseId, OrgId
from shared.packs.store import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEvent:
    """Milestones that a case reached at `at`, recorded at `recorded_at`; `facts` None when they did not change."""

    org: OrgId
    case_id: CaseId
    milestones: Sequence[str]
    at: datetime
    recorded_at: datetime
    facts: Mapping[str, Fact] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """The case after the event, and the policy that it is pinned to."""

    case: Case
    policy: Policy
    event: CaseEvent
