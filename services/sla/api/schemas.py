"""What sla's routes take."""

from typing import Annotated

from pydantic import Field

from shared.platform.http.edge import StrictModel
from shared.platform.http.strict import Day, Instant, LongText, ShortText


class ExtensionBody(StrictModel):
    """Why more time is needed, and until when: a day (its last closing) or an instant."""

    opinion: LongText = ""
    proposed_due_on: Day | None = None
    proposed_due_at: Instant | None = None
    evidence: Annotated[tuple[ShortText, ...], Field(max_length=50)] = ()


class DecisionBody(StrictModel):
    """Grant or turn down. The approver may set another due day or instant than the proposed one."""

    approve: bool
    due_on: Day | None = None
    due_at: Instant | None = None
    reason: LongText = ""


class ExcuseBody(StrictModel):
    """Why the limit was missed."""

    reason: LongText = ""
