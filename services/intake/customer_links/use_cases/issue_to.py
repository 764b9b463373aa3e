"""Staff issue a link to a case, to its customer or to a contact who got in touch about it."""

from dataclasses import dataclass
from datetime import datetime

from services.intake.cases.rules.errors import CasePurged
from services.intake.cases.store.cases import get_case, lock_case, policy_of
from services.intake.cases.use_cases.issue_link import issue_link
from services.intake.contacts.rules import ContactUnknown
from services.intake.contacts.store import get_contact
from shared.kernel.actor import Actor
from shared.kernel.case_link import CaseLink
from shared.kernel.ids import CaseId, OrgId
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueTo:
    """To which case, and for whom: a contact, or the customer."""

    org: OrgId
    case_id: CaseId
    contact_id: str | None


async def issue_to(tx: Transaction, cmd: IssueTo, *, actor: Actor, now: datetime) -> CaseLink:
    """Issue it. Raises CaseUnknown, CasePurged, LinksNotDeclared; ContactUnknown for a contact of another case."""
    await lock_case(tx, org=cmd.org, case_id=cmd.case_id)
    case = await get_case(tx, org=cmd.org, case_id=cmd.case_id)
    if case.is_purged:
        raise CasePurged
    if cmd.contact_id is not None:
        contact = await get_contact(tx, org=cmd.org, contact_id=cmd.contact_id)
        if contact.case_id != cmd.case_id:
            raise ContactUnknown
    policy = await policy_of(tx, case)
    return await issue_link(tx, case, policy, actor=actor, now=now, contact_id=cmd.contact_id)
