"""Publish a pack."""

from typing import ClassVar

from operate.scenarios.organisation import post_policy
from operate.scenarios.session import OPERATOR_SCOPES, Answer
from operate.scenarios.values import Day
from operate.scenarios.verb import Verb
from operate.scenarios.verb_call import VerbCall


class Publish(Verb):
    """Publishes another pack, or a later version of the same one; with an operator's scopes by default."""

    NAME: ClassVar[str] = "publish"
    REQUEST: ClassVar[str] = "POST /v1/policies"
    GOES_ON: ClassVar[bool] = True
    TITLE_ARGUMENT: ClassVar[str] = "pack"
    NEEDS_CASE: ClassVar[bool] = False
    SCOPES: ClassVar[str] = OPERATOR_SCOPES

    pack: str
    """Name or path of the pack, as at the top of the file."""
    effective_from: Day | None = None
    """First day on which it holds; default: the pack's own."""

    async def perform(self, call: VerbCall) -> Answer:
        """Publish the pack."""
        documents = call.packs[self.pack]
        return await post_policy(
            call.session, documents, effective_from=self.effective_from, token=call.token, key=call.key
        )
