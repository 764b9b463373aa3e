"""A contact on record concerns a case that exists already: it is linked to it instead of opening another one."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.intake.cases.rules.errors import CasePurged
from services.intake.cases.rules.history import TimelineEntry
from services.intake.cases.store.cases import get_case, lock_case
from services.intake.cases.store.history import add_entry
from services.intake.contacts.rules import Contact, ContactHasCase
from services.intake.contacts.store import get_contact, link_case
from shared.kernel.actor import Actor
from shared.kernel.ids import CaseId, OrgId, new_id
from shared.packs.store import Policy, pinned
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinCase:
    """Which contact concerns which case."""

    org: OrgId
    contact_id: str
    case_id: CaseId


async def join_case(tx: Transaction, cmd: JoinCase, *, actor: Actor, now: datetime) -> tuple[Contact, Policy]:
    """Link them, and say so in the case's history. Raises ContactUnknown, ContactHasCase, CaseUnknown, CasePurged."""
    contact = await get_contact(tx, org=cmd.org, contact_id=cmd.contact_id, lock=True)
    if contact.case_id is not None:
        raise ContactHasCase(fields={"case_id": contact.case_id})
    await lock_case(tx, org=cmd.org, case_id=cmd.case_id)
    case = await get_case(tx, org=cmd.org, case_id=cmd.case_id)
    if case.is_purged:
        raise CasePurged
    await link_case(tx, org=cmd.org, contact_id=contact.contact_id, case_id=case.case_id)
    entry = TimelineEntry(
        entry_id=new_id(),
        at=max(contact.received_at, case.received_at),
        recorded_at=now,
        source="contact",
        what="contact.linked",
        label_zh="再次来访",
        label_en="Further contact",
        actor=actor,
        cite=None,
        milestone=False,
        details={"contact_id": contact.contact_id, "kind": contact.kind, "channel": contact.channel},
    )
    await add_entry(tx, entry, org=cmd.org, case_id=case.case_id)
    policy = await pinned(tx, org=cmd.org, pack=contact.pack, version=contact.policy_version)
    return replace(contact, case_id=case.case_id), policy
