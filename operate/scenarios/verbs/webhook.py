"""Subscribe the webhook sink."""

from typing import ClassVar

from operate.scenarios.session import Answer
from operate.scenarios.verb import Verb
from operate.scenarios.verb_call import VerbCall


class Webhook(Verb):
    """Subscribes the webhook sink to events of the organisation."""

    NAME: ClassVar[str] = "webhook"
    REQUEST: ClassVar[str] = "POST /v1/webhooks"
    NEEDS_CASE: ClassVar[bool] = False

    events: list[str] = ["*"]
    """Names of events."""

    async def perform(self, call: VerbCall) -> Answer:
        """Subscribe, and give the sink the secret with which it verifies deliveries."""
        url = f"{call.session.stack.webhook_sink}/hooks/{call.session.organisation}"
        answer = await call.post("notify", "/v1/webhooks", {"url": url, "events": self.events})
        if not answer.refused:
            await call.session.set_webhook_secret(answer.body["secret"])
        return answer
