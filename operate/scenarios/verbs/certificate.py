"""Record a certificate that a remedy needs."""

from typing import ClassVar

from operate.scenarios.remedy_verb import RemedyVerb
from operate.scenarios.session import Answer
from operate.scenarios.values import Amount
from operate.scenarios.verb_call import VerbCall, without_none


class Certificate(RemedyVerb):
    """Records a certificate, such as a tax certificate, for the remedy."""

    NAME: ClassVar[str] = "certificate"
    REQUEST: ClassVar[str] = "POST /v1/remedies/{id}/certificate"

    certificate: str
    """Id of the certificate in the pack."""
    reference: str
    amount: Amount | None = None

    async def perform(self, call: VerbCall) -> Answer:
        """Record the certificate."""
        body = without_none(
            certificate=self.certificate,
            reference=self.reference,
            amount=call.money(self.amount) if self.amount else None,
        )
        return await self.act(call, "certificate", body)
