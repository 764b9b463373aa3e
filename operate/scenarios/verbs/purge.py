"""Purge a case."""

from typing import ClassVar

from operate.scenarios.session import Answer
from operate.scenarios.verb import Verb
from operate.scenarios.verb_call import VerbCall


class Purge(Verb):
    """Purges the case."""

    NAME: ClassVar[str] = "purge"
    REQUEST: ClassVar[str] = "POST /v1/cases/{case}/purge"
    GOES_ON: ClassVar[bool] = True
    NEEDS_REST: ClassVar[bool] = True

    async def perform(self, call: VerbCall) -> Answer:
        """Purge the case."""
        return await call.post("intake", f"/v1/cases/{call.case_id}/purge", {})
