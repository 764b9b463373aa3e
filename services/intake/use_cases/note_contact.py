"""Somebody got in touch; it is noted by the rules of the pack, and may lead to a case."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from services.intake.db.contacts import Contact, get_contact, insert_contact, link_case
from services.intake.domain.case import Actor, Case, trusted_receipt
from services.intake.domain.errors import ContactHasCase, ContactOpensNoCase
from services.intake.domain.registration import contact_kind, noted
from services.intake.use_cases.register_case import RegisterCase, register_case
from shared.kernel.ids import OrgId, new_id
from shared.packs.store import Policy, effective, pinned
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteContact:
    """What was said, by whom, through which channel."""

    channel: str
    kind: str
    caller: Mapping[str, str | None]
    summary: str | None
    fields: Mapping[str, object]
    received_at: datetime | None
    pack: str | None = None


async def note_contact(
    tx: Transaction, cmd: NoteContact, *, org: OrgId, actor: Actor, now: datetime
) -> tuple[Contact, Policy]:
    """Put it on record. Raises the refusals of the pack and of the trust window."""
    policy = await effective(tx, org=org, pack=cmd.pack, at=min(cmd.received_at or now, now))
    received_at = trusted_receipt(cmd.received_at, now=now, trust=policy.intake.trust)
    kind = contact_kind(policy.intake, cmd.kind)
    fields = noted(policy.intake, kind, channel=cmd.channel, caller=cmd.caller, fields=cmd.fields, actor=actor)
    contact = Contact(
        contact_id=new_id(),
        channel=cmd.channel,
        kind=kind.id,
        caller=dict(cmd.caller),
        summary=cmd.summary,
        fields={name: value for name, value in fields.items() if value is not None},
        pack=policy.name,
        pack_version=policy.version,
        received_at=received_at,
        received_by=actor.subject,
        case_id=None,
    )
    await insert_contact(tx, contact, org=org)
    return contact, policy


async def open_case(tx: Transaction, cmd: RegisterCase, *, actor: Actor, now: datetime) -> tuple[Case, Policy]:
    """Register the case that a contact on record led to; its receiver stays the first responder.

    `cmd.contact_id` names it. Raises ContactUnknown, ContactHasCase, ContactOpensNoCase.
    """
    org = cmd.org
    contact = await get_contact(tx, org=org, contact_id=str(cmd.contact_id), for_update=True)
    if contact.case_id is not None:
        raise ContactHasCase(fields={"case_id": contact.case_id})
    policy = await pinned(tx, org=org, pack=contact.pack, version=contact.pack_version)
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
