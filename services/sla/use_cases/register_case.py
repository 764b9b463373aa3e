"""A case exists: remember what its clocks depend on, and start those that start with it."""

from dataclasses import dataclass

from services.sla.db import cases
from services.sla.domain.case import Case
from services.sla.use_cases.case_event import CaseEvent
from services.sla.use_cases.follow_case import follow_case
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterCase:
    """The case as registered, and its first event."""

    case: Case
    event: CaseEvent


async def register_case(tx: Transaction, cmd: RegisterCase) -> None:
    """Add the case and follow its registration. Raises PolicyNotHereYet."""
    await cases.insert_new(tx, cmd.case)
    await follow_case(tx, cmd.event)
