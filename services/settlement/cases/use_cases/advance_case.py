"""A step of a case was taken at intake: facts are replaced, milestones and the document are added."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from services.settlement.cases import store
from services.settlement.cases.rules import Document, Fact, with_document, with_milestones
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceCase:
    """The facts after the step, what it reached, the document it made and who took it."""

    org: OrgId
    case_id: str
    facts: Mapping[str, Fact]
    milestones: tuple[str, ...]
    document: Document | None
    subject: str


async def advance_case(tx: Transaction, cmd: AdvanceCase, *, now: datetime) -> None:
    """Update the copy of the case. Raises CaseUnknown before the case was registered here."""
    known = await store.get(tx, org=cmd.org, case_id=cmd.case_id, lock=True)
    after = with_milestones(replace(known, facts=cmd.facts), cmd.milestones)
    if cmd.document is not None:
        after = with_document(after, cmd.document)
    await store.save(tx, after)
    await store.touch(tx, org=cmd.org, case_id=cmd.case_id, subject=cmd.subject, at=now)
