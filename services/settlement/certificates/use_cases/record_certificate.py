"""The tax paper is handed in."""

from dataclasses import dataclass
from datetime import datetime

from services.settlement.domain import remedy as life
from services.settlement.domain.errors import CertificateWrong, NoCertificateNeeded
from services.settlement.domain.remedy import Certificate, Remedy
from services.settlement.use_cases.matter import Matter, conclude, open_matter
from shared.kernel.money import Money
from shared.platform.auth.caller import Caller
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCertificate:
    """Which paper, its number, and the gross amount on it where it states one."""

    remedy_id: str
    certificate: str
    reference: str
    amount: Money | None


async def record_certificate(tx: Transaction, cmd: RecordCertificate, *, caller: Caller, now: datetime) -> Remedy:
    """Keep the paper's number; payout looks for it."""
    matter = await open_matter(tx, caller.org, cmd.remedy_id)
    _require_right_paper(matter, cmd)
    paper = Certificate(certificate=cmd.certificate, reference=cmd.reference, recorded_by=caller.subject, at=now)
    return await conclude(tx, life.record_certificate(matter.remedy, paper), caller=caller, now=now)


def _require_right_paper(matter: Matter, cmd: RecordCertificate) -> None:
    tax = matter.rule.tax
    if tax is None or tax.certificate is None:
        raise NoCertificateNeeded(cite=matter.rule.cite)
    if cmd.certificate != tax.certificate:
        raise CertificateWrong(cite=tax.cite, fields={"certificate": tax.certificate})
    gross = matter.remedy.quote.amount
    if cmd.amount is not None and cmd.amount != gross:
        raise CertificateWrong(cite=tax.cite, fields={"amount_minor": cmd.amount.minor, "quote_minor": gross.minor})
