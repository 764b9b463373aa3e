"""Events of cases, from whichever service: registration, steps, and everything else that happens to a case.

An event counts from when it happened in the field, which intake has checked against its trust window, and never
from later than it was recorded.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from typing import Any, Final

from services.sla.cases.rules import Case, CaseEvent, References
from services.sla.cases.use_cases.follow_cases import Follower, Happening, follow_cases
from shared.contracts.envelope import Contract, Envelope
from shared.contracts.intake import CaseAdvancedV1, CaseCorrectedV1, CasePurgedV1, CaseRegisteredV1
from shared.kernel.ids import CaseId
from shared.platform.db.transaction import Transaction
from shared.platform.inbox.arrival import BatchHandler, context_of
from shared.platform.worker import Handlers

_NO_REFERENCES: Final = References(customer_ref="", order_ref=None)


def handlers(followers: Sequence[Follower]) -> Handlers:
    """What to do with the events that sla hears: update their cases, then let the followers act in their order."""

    async def on_events(tx: Transaction, events: Sequence[Envelope[Any]]) -> None:
        happenings = [Happening(event=_read(event), cause=context_of(event)) for event in events]
        await follow_cases(tx, happenings, followers=followers)

    return {Contract: BatchHandler(on_events)}


def _read(event: Envelope[Any]) -> CaseEvent:
    match event.data:
        case CaseRegisteredV1():
            return _registration(event)
        case CaseAdvancedV1():
            return _step(event)
        case CaseCorrectedV1():
            return _correction(event)
        case CasePurgedV1():
            return replace(_happening(event), references=_NO_REFERENCES, purges=True)
        case _:
            return _happening(event)


def _registration(event: Envelope[CaseRegisteredV1]) -> CaseEvent:
    """The case was received when the customer said it."""
    data = event.data
    case = Case(
        org=event.org,
        case_id=CaseId(data.case_id),
        number=data.number,
        case_type=data.case_type,
        channel=data.channel,
        customer_ref=data.customer_ref,
        order_ref=data.order_ref,
        pack=data.policy.pack,
        policy_version=data.policy.version,
        facts=data.facts,
        milestones={},
        seq=0,
        owner=data.owner,
    )
    return CaseEvent(
        org=event.org,
        case_id=case.case_id,
        milestones=[data.milestone()],
        at=min(data.received_at, event.occurred_at).astimezone(UTC),
        recorded_at=event.occurred_at.astimezone(UTC),
        facts=data.facts,
        registered=case,
    )


def _step(event: Envelope[CaseAdvancedV1]) -> CaseEvent:
    """A step of the case's workflow, with the milestones that it reached."""
    data = event.data
    return CaseEvent(
        org=event.org,
        case_id=CaseId(data.case_id),
        milestones=data.milestones,
        at=min(data.at, event.occurred_at).astimezone(UTC),
        recorded_at=event.occurred_at.astimezone(UTC),
        facts=data.facts,
        owner=data.owner,
        case_type=data.case_type,
    )


def _correction(event: Envelope[CaseCorrectedV1]) -> CaseEvent:
    """By what the customer's systems know the case; nothing has happened to the case itself."""
    data = event.data
    return CaseEvent(
        org=event.org,
        case_id=CaseId(data.case_id),
        milestones=(),
        at=event.occurred_at.astimezone(UTC),
        recorded_at=event.occurred_at.astimezone(UTC),
        references=References(customer_ref=data.customer_ref, order_ref=data.order_ref),
    )


def _happening(event: Envelope[Any]) -> CaseEvent:
    """Any other event of a case; it carries no facts."""
    return CaseEvent(
        org=event.org,
        case_id=CaseId(event.data.case_id),
        milestones=[event.data.milestone()],
        at=event.occurred_at.astimezone(UTC),
        recorded_at=event.occurred_at.astimezone(UTC),
    )
