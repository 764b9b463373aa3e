"""Whether a planned message may still be sent, judged by its case as it is at the moment of sending."""

from datetime import datetime

from services.notify.cases.rules import Case, variables
from services.notify.messages.rules import Message
from shared.kernel.errors import ServiceError
from shared.packs.notify.model.section import Rule


def objection(message: Message, *, rule: Rule | None, case: Case | None, now: datetime) -> str | None:
    """Why `message` must not be sent at `now` after all, judged by the case as it is now; None when it may."""
    if message.expires_at is not None and now > message.expires_at:
        return "deadline_passed"
    if rule is None or rule.still_valid is None or case is None:
        return None
    try:
        holds = rule.still_valid.holds(variables(case, None, on=message.on))
    except ServiceError:
        return "condition_failed"
    return None if holds else "case_moved_on"
