"""Have the ERP simulator change a payment."""

from typing import ClassVar, Literal

from operate.scenarios.session import Answer
from operate.scenarios.verb import Verb
from operate.scenarios.verb_call import VerbCall, without_none


class ErpChange(Verb):
    """Changes the newest payment that the ERP simulator has of this organisation, and has it call back.

    `paid` is what was pending, `reversed` what came back, `failed` what will not be paid.
    """

    NAME: ClassVar[str] = "erp_change"
    REQUEST: ClassVar[str] = "(the ERP simulator)"
    TITLE_ARGUMENT: ClassVar[str] = "status"
    NEEDS_PERSON: ClassVar[bool] = False
    NEEDS_CASE: ClassVar[bool] = False

    status: Literal["paid", "failed", "reversed"]
    code: str | None = None
    """Why, for programs."""
    text: str | None = None
    """Why, for people."""

    async def perform(self, call: VerbCall) -> Answer:
        """Order the change."""
        change = without_none(status=self.status, code=self.code, text=self.text)
        body = {"organisation": call.session.organisation, **change}
        return Answer(200, await call.session.sink(f"{call.session.stack.erp}/changes", json=body), {})
