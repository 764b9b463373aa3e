"""Accept an offered remedy."""

from typing import ClassVar

from operate.scenarios.remedy_verb import RemedyVerb
from operate.scenarios.session import Answer
from operate.scenarios.values import Json
from operate.scenarios.verb_call import VerbCall


class Accept(RemedyVerb):
    """Accepts the offered remedy."""

    NAME: ClassVar[str] = "accept"
    REQUEST: ClassVar[str] = "POST /v1/remedies/{id}/accept; a customer: /v1/my/cases/…"

    quote_hash: str | None = None
    """Default: the hash of the quote."""
    body: dict[str, Json] = {}
    """Further fields of the request, such as a consent."""

    async def perform(self, call: VerbCall) -> Answer:
        """Accept the remedy."""
        quote_hash = self.quote_hash or self.quoted(call)["quote_hash"]
        return await self.act(call, "accept", {"quote_hash": quote_hash, **self.body})
