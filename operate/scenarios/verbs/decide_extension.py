"""Decide the latest request to extend a clock."""

from collections.abc import Iterator
from typing import ClassVar

from operate.scenarios.session import Answer, UnexpectedAnswer
from operate.scenarios.values import Day, Truth, When
from operate.scenarios.verb import Earlier, PackName, Verb
from operate.scenarios.verb_call import VerbCall, without_none


class DecideExtension(Verb):
    """Decides the latest request to extend a clock of the case."""

    NAME: ClassVar[str] = "decide_extension"
    REQUEST: ClassVar[str] = "POST /v1/extensions/{id}/decision"
    TITLE_ARGUMENT: ClassVar[str] = "clock"

    clock: str
    approve: Truth
    due_on: Day | None = None
    due_at: When | None = None
    reason: str | None = None

    async def perform(self, call: VerbCall) -> Answer:
        """Decide the request."""
        extension = call.created.extensions.get((call.case, self.clock))
        if extension is None:
            raise UnexpectedAnswer(f"no extension of `{self.clock}` was requested before this step")
        body = without_none(
            approve=self.approve, due_on=self.due_on, due_at=call.instant(self.due_at), reason=self.reason
        )
        return await call.post("sla", f"/v1/extensions/{extension}/decision", body)

    def pack_names(self) -> Iterator[PackName]:
        """The clock."""
        yield PackName(kind="clock", path=("clock",), id=self.clock)

    def missing(self, earlier: Earlier, case: str) -> Iterator[str]:
        """The request."""
        if (case, self.clock) not in earlier.requested:
            yield f"no step before requests an extension of `{self.clock}` on `{case}`"
