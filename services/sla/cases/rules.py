"""What sla knows of a case: the facts that goals depend on, and which milestones it reached, in which order."""

from collections.abc import Collection, Mapping, Sequence
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


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerType:
    """A type that the case had until it became one of another; `until` is numbered among its milestones."""

    case_type: str
    until: Reached


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
    former_types: tuple[FormerType, ...] = ()
    """The types that it had before, in their order."""

    def since(self, reached: Reached, *, as_one_of: Collection[str]) -> Reached:
        """From when a milestone counts for cases of these types, of which this is one: since it was reached, or since
        the case became one of them, where that was later.
        """
        for former in reversed(self.former_types):
            if former.until.seq < reached.seq:
                break
            if former.case_type not in as_one_of:
                return former.until
        return reached

    def as_of(self, reached: Reached) -> "Case":
        """The case as one of the type that it had when it reached the milestone."""
        former = next((each for each in self.former_types if reached.seq < each.until.seq), None)
        return self if former is None else replace(self, case_type=former.case_type)

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
    case_type: str | None = None
    references: References | None = None
    registered: Case | None = None
    purges: bool = False

    @property
    def key(self) -> CaseKey:
        """The case that it is about."""
        return self.org, self.case_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A case after an event. `matters`: a fact or the type has changed, or a rule of the pack names a milestone."""

    case: Case
    matters: bool
    facts_changed: bool


def step(known: Case, event: CaseEvent, *, awaits: AbstractSet[str]) -> Step:
    """The case after the event. One that does not matter changes only who owns the case and how its customer is known.

    `awaits` are the milestones that rules of the case's pack name.
    """
    after = advance(
        known, event.milestones, at=event.at, facts=event.facts, owner=event.owner, case_type=event.case_type
    )
    facts_changed = after.facts != known.facts
    matters = facts_changed or after.case_type != known.case_type or not awaits.isdisjoint(event.milestones)
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
    case_type: str | None = None,
) -> Case:
    """The case after an event: `facts` replaces the whole set; None leaves it, as it leaves the owner and the type.

    A case that becomes one of another type does so before it reaches the milestones.
    """
    reached = dict(case.milestones)
    seq = case.seq
    if case_type is not None and case_type != case.case_type:
        seq += 1
        former = FormerType(case_type=case.case_type, until=Reached(at=at, seq=seq))
        case = replace(case, case_type=case_type, former_types=(*case.former_types, former))
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
