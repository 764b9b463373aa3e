"""Record the tax certificate that was handed in."""

from dataclasses import dataclass
from datetime import datetime

from services.settlement.certificates import rules
from services.settlement.remedies.rules.performers import require_another_person, require_performer
from services.settlement.remedies.rules.remedy import Certificate, Remedy
from services.settlement.remedies.use_cases.load_remedy import load_remedy
from services.settlement.remedies.use_cases.save_change import save_change
from shared.kernel.actor import Actor
from shared.kernel.ids import OrgId
from shared.kernel.money import Money
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCertificate:
    """Which certificate, its number, and the gross amount on it where it states one."""

    org: OrgId
    remedy_id: str
    certificate: str
    reference: str
    amount: Money | None


async def record_certificate(tx: Transaction, cmd: RecordCertificate, *, actor: Actor, now: datetime) -> Remedy:
    """Store the certificate's number; a payout requires it."""
    context = await load_remedy(tx, org=cmd.org, remedy_id=cmd.remedy_id, lock=True)
    require_performer(context.section, "certificate", actor=actor, cite=context.rule.cite)
    require_another_person(context.section, "certificate", context.remedy, actor=actor)
    rules.require_right_certificate(context.rule, context.remedy, certificate=cmd.certificate, amount=cmd.amount)
    certificate = Certificate(certificate=cmd.certificate, reference=cmd.reference, recorded_by=actor.subject, at=now)
    change = rules.record_certificate(context.remedy, certificate)
    return await save_change(tx, change, actor=actor, now=now)
