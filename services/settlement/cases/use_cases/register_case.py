"""A case was registered at intake."""

from dataclasses import dataclass
from datetime import datetime

from services.settlement.cases import store
from services.settlement.cases.rules import Case
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterCase:
    """The case, and the subjects who touched it by registering it."""

    org: OrgId
    case: Case
    subjects: tuple[str, ...]


async def register_case(tx: Transaction, cmd: RegisterCase, *, now: datetime) -> None:
    """Store the copy of the case, once."""
    await store.add(tx, cmd.case)
    for subject in dict.fromkeys(cmd.subjects):
        await store.touch(tx, org=cmd.org, case_id=cmd.case.case_id, subject=subject, at=now)
