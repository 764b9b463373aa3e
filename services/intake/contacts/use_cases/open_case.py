"""A contact on record leads to a case."""

from dataclasses import replace
from datetime import datetime

from services.intake.cases.rules.case import Case
from services.intake.cases.use_cases.register_case import RegisterCase, register_case
from services.intake.contacts.rules import ContactHasCase, ContactOpensNoCase, contact_kind
from services.intake.contacts.store import get_contact, link_case
from shared.kernel.actor import Actor
from shared.packs.store import Policy, pinned
from shared.platform.db.transaction import Transaction


async def open_case(tx: Transaction, cmd: RegisterCase, *, actor: Actor, now: datetime) -> tuple[Case, Policy]:
    """Register the case that a contact on record led to; its receiver stays the first responder.

    `cmd.contact_id` names it. Raises ContactUnknown, ContactHasCase, ContactOpensNoCase.
    """
    org = cmd.org
    contact = await get_contact(tx, org=org, contact_id=str(cmd.contact_id), lock=True)
    if contact.case_id is not None:
        raise ContactHasCase(fields={"case_id": contact.case_id})
    policy = await pinned(tx, org=org, pack=contact.pack, version=contact.policy_version)
    kind = contact_kind(policy.intake, contact.kind)
    if kind.opens != cmd.case_type:
        raise ContactOpensNoCase(cite=kind.cite, fields={"kind": kind.id, "opens": kind.opens})
    stated = replace(
        cmd,
        channel=contact.channel,
        pack=contact.pack,
        received_at=contact.received_at,
        first_responder=contact.received_by,
        description=cmd.description or contact.summary,
    )
    case, policy = await register_case(tx, stated, actor=actor, now=now)
    await link_case(tx, org=org, contact_id=contact.contact_id, case_id=case.case_id)
    return case, policy
