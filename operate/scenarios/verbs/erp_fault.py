"""Make the ERP simulator fail."""

from typing import ClassVar, Literal

from operate.scenarios.session import Answer
from operate.scenarios.verb import Verb
from operate.scenarios.verb_call import VerbCall


class ErpFault(Verb):
    """Makes the ERP simulator fail for this organisation.

    `timeout` books the payment and does not answer, `error` answers 500, `refuse` answers 422, `pending` takes it for
    later, `nul` pays it under a number that cannot be kept.
    """

    NAME: ClassVar[str] = "erp_fault"
    REQUEST: ClassVar[str] = "(the ERP simulator)"
    TITLE_ARGUMENT: ClassVar[str] = "kind"
    NEEDS_PERSON: ClassVar[bool] = False
    NEEDS_CASE: ClassVar[bool] = False

    kind: Literal["timeout", "error", "refuse", "pending", "nul"]
    times: int = 1
    """How many payments fail."""

    async def perform(self, call: VerbCall) -> Answer:
        """Order the failure."""
        body = {"organisation": call.session.organisation, **self.model_dump()}
        return Answer(200, await call.session.sink(f"{call.session.stack.erp}/faults", json=body), {})
