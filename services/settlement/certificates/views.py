"""Requests about certificates."""

from services.settlement.calculation.views import MoneyBody
from services.settlement.remedies.views import NameText
from shared.platform.http.strict import ShortText, StrictModel


class CertificateBody(StrictModel):
    """A tax certificate: which one, its number, the gross amount on it where it states one."""

    certificate: NameText
    reference: ShortText
    amount: MoneyBody | None = None
