"""What sla knows of a case: the facts that goals depend on, and which milestones it reached, in which order."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
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


CaseKey = tuple[OrgId, CaseId]
"""Organisation and case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case as sla sees it, pinned to one policy version."""

    org: OrgId
    case_id: CaseId
    number: str
    case_type: str
    channel: str
    customer_ref: str
    order_ref: str | None = None
    pack: str
    policy_version: int
    facts: Mapping[str, Fact]
    milestones: Mapping[str, Reached]
    seq: int
    owner: str = ""
    """The role that owns the case; lists choose by it, no rule reads it."""

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
class References:
    """By what the customer's systems know a case."""

    customer_ref: str
    order_ref: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEvent:
    """Milestones that a case reached at `at`, recorded at `recorded_at`; what is None did not change.

    `registered` is the case that the event registers; `purges`: what names the customer is erased.
    """

    org: OrgId
    case_id: CaseId
    milestones: Sequence[str]
    at: datetime
    recorded_at: datetime
    facts: Mapping[str, Fact] | None = None
    owner: str | None = None
    references: References | None = None
    registered: Case | None = None
    purges: bool = False

    @property
    def key(self) -> CaseKey:
        """The case that it is about."""
        return self.org, self.case_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A case after an event. `matters`: a fact has changed, or a rule of the pack names a milestone of the event."""

    case: Case
    matters: bool
    facts_changed: bool


def step(known: Case, event: CaseEvent, *, awaits: AbstractSet[str]) -> Step:
    """The case after the event. One that does not matter changes only who owns the case and how its customer is known.

    `awaits` are the milestones that rules of the case's pack name.
    """
    after = advance(known, event.milestones, at=event.at, facts=event.facts, owner=event.owner)
    facts_changed = after.facts != known.facts
    matters = facts_changed or not awaits.isdisjoint(event.milestones)
    if not matters:
        after = replace(known, owner=after.owner)
    if event.references is not None:
        after = replace(after, customer_ref=event.references.customer_ref, order_ref=event.references.order_ref)
    return Step(case=after, matters=matters, facts_changed=facts_changed)


def advance(
    case: Case,
    milestones: Sequence[str],
    *,
    at: datetime,
    facts: Mapping[str, Fact] | None,
    owner: str | None = None,
) -> Case:
    """The case after an event: `facts` replaces the whole set; None leaves it, as it leaves the owner."""
    reached = dict(case.milestones)
    seq = case.seq
    for name in milestones:
        seq += 1
        reached[name] = Reached(at=at, seq=seq)
    return replace(
        case,
        milestones=reached,
        seq=seq,
        facts=case.facts if facts is None else facts,
        owner=case.owner if owner is None else owner,
    )
