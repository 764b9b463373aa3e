"""What an event of a case makes of notify's copy of the case."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from services.notify.cases.rules import Case, CaseEvent, Fact, advanced, with_milestones
from shared.kernel.ids import OrgId
from shared.platform.observability.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """The case was opened; a copy that is here already stays as it is."""

    case: Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Advanced:
    """A step was taken: what the case is after it."""

    case_type: str
    status: str
    owner: str
    facts: Mapping[str, Fact]
    milestones: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """By what the customer's systems know the case was put right; messages that are planned keep their words."""

    customer_ref: str
    order_ref: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """The case has reached the event's names, for which later rules may ask; none when the event is no milestone."""

    names: tuple[str, ...]


Change = Registered | Advanced | Corrected | Reached


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An event of a case, what it changes, and the context in which what it causes is published."""

    org: OrgId
    case_id: str
    event: CaseEvent
    change: Change
    context: Context

    @property
    def key(self) -> tuple[OrgId, str]:
        return self.org, self.case_id


def changed(case: Case, change: Change) -> Case:
    """`case` after the change."""
    match change:
        case Registered():
            return case
        case Advanced(case_type=case_type, status=status, owner=owner, facts=facts, milestones=milestones):
            known = replace(case, case_type=case_type)
            return advanced(known, status=status, owner=owner, facts=facts, milestones=milestones)
        case Corrected(customer_ref=customer_ref, order_ref=order_ref):
            return replace(case, customer_ref=customer_ref, order_ref=order_ref)
        case Reached(names=names):
            return with_milestones(case, names) if names else case
