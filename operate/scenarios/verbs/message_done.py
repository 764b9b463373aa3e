"""Confirm a message that a person delivers."""

from typing import ClassVar

from operate.scenarios.session import Answer, UnexpectedAnswer
from operate.scenarios.values import Truth
from operate.scenarios.verb import Verb
from operate.scenarios.verb_call import VerbCall, without_none


class MessageDone(Verb):
    """Confirms the oldest matching message of the case that waits to be delivered by hand."""

    NAME: ClassVar[str] = "message_done"
    REQUEST: ClassVar[str] = "POST /v1/messages/{id}/done"
    GOES_ON: ClassVar[bool] = True
    NEEDS_REST: ClassVar[bool] = True
    TITLE_ARGUMENT: ClassVar[str] = "rule"

    rule: str | None = None
    to: str | None = None
    """Role of the recipient."""
    channel: str | None = None
    delivered: Truth = True
    note: str | None = None

    async def perform(self, call: VerbCall) -> Answer:
        """Find the message and confirm it."""
        items = await call.session.items("notify", f"/v1/cases/{call.case_id}/messages")
        wanted = without_none(state="to_do", rule=self.rule, recipient=self.to, channel=self.channel)
        found = [item for item in items if all(item[key] == value for key, value in wanted.items())]
        if not found:
            raise UnexpectedAnswer(f"no message of `{call.case}` is {wanted}")
        oldest = min(found, key=lambda item: str(item["message_id"]))
        body = without_none(delivered=self.delivered, note=self.note)
        return await call.post("notify", f"/v1/messages/{oldest['message_id']}/done", body)
