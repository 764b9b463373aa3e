"""A case: where it stands, what is known of it, what it has reached.

`first_responder`, `number`, `received_at` and the policy never change after registration; the type changes where a
step of the pack says so. `version` counts up by one with every transition and orders the case's events.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from services.intake.cases.rules.errors import InstantNotTrusted
from services.intake.entries.rules.values import Value
from services.intake.looks.rules import Looker
from shared.kernel.ids import CaseId, OrgId
from shared.packs.intake.model.section import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A milestone, when it was reached in the field, by which step and under which rule."""

    name: str
    at: datetime
    step: str | None
    cite: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerType:
    """A type that the case had until a step changed it, which happened in the field at `until`."""

    case_type: str
    until: datetime
    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The state of one case."""

    org: OrgId
    case_id: CaseId
    number: str
    case_type: str
    channel: str
    status: str
    pack: str
    policy_version: int
    received_at: datetime
    registered_at: datetime
    first_responder: str
    owner: str
    customer_ref: str
    order_ref: str | None
    description: str | None
    contact_id: str | None
    facts: Mapping[str, Value]
    milestones: tuple[Reached, ...]
    last_at: datetime
    version: int
    looks: Mapping[str, Any] | None = None
    """What the looks at other cases answered when it was registered, as history keeps it; None where none was taken."""
    consulted: Mapping[str, Any] | None = None
    """What else its registration read of other records, as history keeps it: `standing`, `balances`."""
    former_types: tuple[FormerType, ...] = ()
    """The types that it had before, the one that it was registered as first."""
    is_purged: bool = False
    """Its time of keeping was over and its contents were erased; nothing is added any more."""


def advance(
    case: Case, *, status: str, facts: Mapping[str, Value], owner: str, reached: Sequence[Reached], at: datetime
) -> Case:
    """The case after a step that happened `at`."""
    return replace(
        case,
        status=status,
        facts=facts,
        owner=owner,
        milestones=(*case.milestones, *reached),
        last_at=at,
        version=case.version + 1,
    )


def change_type(case: Case, case_type: str, *, step: str, at: datetime) -> Case:
    """The case as one of another type from `at` on, because of the step; `advance` counts its version."""
    former = FormerType(case_type=case.case_type, until=at, step=step)
    return replace(case, case_type=case_type, former_types=(*case.former_types, former))


def present(case: Case, now: datetime) -> datetime:
    """When the case is worked on: not before its last step, which a process whose clock is ahead may have recorded.

    Other services count from when a step was recorded where that is earlier than when it is said to have happened.
    """
    return max(now, case.last_at)


def trusted_receipt(stated: datetime | None, *, now: datetime, trust: Trust) -> datetime:
    """When the complaint came in: as stated, if not in the future and not too far back. Raises InstantNotTrusted."""
    if stated is None:
        return now
    if stated > now:
        raise InstantNotTrusted(code="received_in_future")
    if stated < now - timedelta(days=trust.received_days):
        raise InstantNotTrusted(code="received_too_long_ago", fields={"days": trust.received_days})
    return stated


def trusted_instant(case: Case, stated: datetime | None, *, now: datetime, trust: Trust) -> datetime:
    """When a step happened: as stated, trusted so far back and not before the last. Raises InstantNotTrusted."""
    if stated is None:
        return max(now, case.last_at)
    if stated > now:
        raise InstantNotTrusted(code="at_in_future")
    if stated < case.last_at:
        raise InstantNotTrusted(code="at_before_previous_step")
    if stated < now - timedelta(hours=trust.step_hours):
        raise InstantNotTrusted(code="at_too_long_ago", fields={"hours": trust.step_hours})
    return stated


def looker_of(case: Case) -> Looker:
    """A case as one that looks at others."""
    return Looker(
        org=case.org,
        case_id=case.case_id,
        pack=case.pack,
        case_type=case.case_type,
        customer_ref=case.customer_ref,
        order_ref=case.order_ref,
        owner=case.owner,
        facts=case.facts,
    )
