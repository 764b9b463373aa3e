"""The tax certificate that a remedy's tax rule asks for: which one, over which amount, and when it may be recorded."""

from dataclasses import replace

from services.settlement.remedies.rules.events import RemedyCertificateRecorded
from services.settlement.remedies.rules.remedy import Certificate, Change, Remedy, changed, require_transition
from services.settlement.remedies.rules.states import Transition
from shared.kernel.errors import Conflict, Rejected
from shared.kernel.money import Money
from shared.kernel.text import Text
from shared.packs.settlement.model.section import Remedy as Rule


class CertificateRequired(Conflict):
    """The certificate that the tax rule needs has not been handed in."""

    code = "certificate_required"
    title = Text(en="The tax certificate is missing", zh="缺少税务证明单")


class CertificateWrong(Rejected):
    """Another certificate, or one over another amount, than the tax rule needs."""

    code = "certificate_wrong"
    title = Text(en="This is not the certificate that is needed", zh="证明单不符合要求")


class NoCertificateNeeded(Conflict):
    """The remedy has no tax rule that asks for a certificate."""

    code = "no_certificate_needed"
    title = Text(en="No certificate is needed here", zh="此处理方式不需要证明单")


def record_certificate(remedy: Remedy, certificate: Certificate) -> Change:
    """The certificate is handed in, or replaced by a corrected one."""
    require_transition(remedy, Transition.CERTIFICATE)
    event = RemedyCertificateRecorded(certificate=certificate.certificate, reference=certificate.reference)
    return changed(replace(remedy, certificate=certificate), event)


def require_right_certificate(rule: Rule, remedy: Remedy, *, certificate: str, amount: Money | None) -> None:
    """Raise NoCertificateNeeded, or CertificateWrong for another certificate or another gross amount."""
    tax = rule.tax
    if tax is None or tax.certificate is None:
        raise NoCertificateNeeded(cite=rule.cite)
    if certificate != tax.certificate:
        raise CertificateWrong(cite=tax.cite, fields={"certificate": tax.certificate})
    gross = remedy.quote.amount
    if amount is not None and amount != gross:
        raise CertificateWrong(cite=tax.cite, fields={"amount_minor": amount.minor, "quote_minor": gross.minor})


def require_certificate(rule: Rule, remedy: Remedy) -> None:
    """Raise CertificateRequired where the tax rule asks for a certificate that was not handed in."""
    if rule.tax is not None and rule.tax.certificate is not None and remedy.certificate is None:
        raise CertificateRequired(cite=rule.tax.cite, fields={"certificate": rule.tax.certificate})
