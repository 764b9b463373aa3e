"""Remember a new case, and let what starts with its registration start."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.sla.cases import store
from services.sla.cases.rules import Case, CaseEvent
from services.sla.cases.use_cases.follow_case import Follower, follow_case
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterCase:
    """The case as registered, and its first event."""

    case: Case
    event: CaseEvent


async def register_case(tx: Transaction, cmd: RegisterCase, *, followers: Sequence[Follower]) -> None:
    """Add the case and follow its registration. Raises PolicyNotHereYet."""
    await store.add(tx, cmd.case)
    await follow_case(tx, cmd.event, followers=followers)
