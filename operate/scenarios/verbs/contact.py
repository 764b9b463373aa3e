"""Record a contact."""

from typing import ClassVar

from operate.scenarios.session import Answer
from operate.scenarios.values import Json
from operate.scenarios.verb import Verb
from operate.scenarios.verb_call import VerbCall


class Contact(Verb):
    """Records a contact (a call, a visit) that is not a case so far."""

    NAME: ClassVar[str] = "contact"
    REQUEST: ClassVar[str] = "POST /v1/contacts"
    NEEDS_CASE: ClassVar[bool] = False

    body: dict[str, Json]
    """The whole body of the request."""

    async def perform(self, call: VerbCall) -> Answer:
        """Record the contact."""
        return await call.post("intake", "/v1/contacts", call.values(self.body))
