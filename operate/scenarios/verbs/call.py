"""Call any public operation."""

from typing import ClassVar, Literal

from operate.scenarios.session import Answer
from operate.scenarios.values import Json, Text
from operate.scenarios.verb import Verb
from operate.scenarios.verb_call import VerbCall


class Call(Verb):
    """Calls any other public operation."""

    NAME: ClassVar[str] = "call"
    REQUEST: ClassVar[str] = "any"
    NEEDS_REST: ClassVar[bool] = True
    TITLE_ARGUMENT: ClassVar[str] = "path"
    NEEDS_CASE: ClassVar[bool] = False

    service: Literal["intake", "sla", "settlement", "notify"]
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    path: str
    """With its query."""
    body: Json = None
    headers: dict[str, Text] = {}
    """An `Idempotency-Key` is sent unless this has one."""

    async def perform(self, call: VerbCall) -> Answer:
        """Make the call."""
        headers = {"Idempotency-Key": call.key, **self.headers}
        options = {} if self.body is None else {"json": call.values(self.body)}
        return await call.session.call(
            self.service, self.method, self.path, token=call.token, headers=headers, **options
        )
