"""A contact is noted by the rules of the pack."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.intake.cases.rules.case import trusted_receipt
from services.intake.cases.rules.registration import first_responder_of
from services.intake.contacts.rules import Contact, contact_kind, noted
from services.intake.contacts.store import insert_contact
from shared.kernel.actor import Actor
from shared.kernel.ids import OrgId, new_id
from shared.packs.store import Policy, effective
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteContact:
    """What was said, by whom, through which channel."""

    org: OrgId
    channel: str
    kind: str
    caller: Mapping[str, str | None]
    summary: str | None
    fields: Mapping[str, object]
    received_at: datetime | None
    pack: str | None = None


async def note_contact(tx: Transaction, cmd: NoteContact, *, actor: Actor, now: datetime) -> tuple[Contact, Policy]:
    """Put it on record. Raises the refusals of the pack and of the trust window."""
    policy = await effective(tx, org=cmd.org, pack=cmd.pack, at=min(cmd.received_at or now, now))
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
        policy_version=policy.version,
        received_at=received_at,
        received_by=first_responder_of(policy.intake, kind.opens, actor=actor) if kind.opens else actor.subject,
        case_id=None,
    )
    await insert_contact(tx, contact, org=cmd.org)
    return contact, policy
