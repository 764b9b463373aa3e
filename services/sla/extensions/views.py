"""What the routes of extensions take and answer."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from services.sla.extensions.rules.extension import Extension, ExtensionState
from shared.platform.http.edge import StrictModel
from shared.platform.http.one_of import one_of
from shared.platform.http.strict import Day, Instant, LongText, ShortText


class ExtensionBody(StrictModel):
    """Why more time is needed, and until when: a day (its last closing) or an instant."""

    opinion: LongText = ""
    proposed_due_on: Day | None = None
    proposed_due_at: Instant | None = None
    evidence: Annotated[tuple[ShortText, ...], Field(max_length=50)] = ()


class DecisionBody(StrictModel):
    """Grant or reject. The approver may set another due day or instant than the proposed one."""

    approve: bool
    due_on: Day | None = None
    due_at: Instant | None = None
    reason: LongText = ""


class ExtensionView(BaseModel):
    """A request for a later due instant."""

    extension_id: str
    clock_id: str
    case_id: str
    state: Annotated[str, one_of(ExtensionState)]
    opinion: str
    evidence: list[str]
    due_at: datetime
    proposed_due_at: datetime
    granted_due_at: datetime | None
    after_breach: bool
    approver_role: str
    requested_by: str
    requested_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str
    cite: str


def extension_view(extension: Extension) -> ExtensionView:
    """A request as JSON."""
    return ExtensionView(
        extension_id=extension.extension_id,
        clock_id=extension.clock_id,
        case_id=extension.case_id,
        state=extension.state.value,
        opinion=extension.opinion,
        evidence=list(extension.evidence),
        due_at=extension.due_at_then,
        proposed_due_at=extension.proposed_due_at,
        granted_due_at=extension.granted_due_at,
        after_breach=extension.after_breach,
        approver_role=extension.approver_role,
        requested_by=extension.requested_by,
        requested_at=extension.requested_at,
        decided_by=extension.decided_by,
        decided_at=extension.decided_at,
        reason=extension.reason,
        cite=extension.cite,
    )
