"""Excuse a breach of a clock."""

from collections.abc import Iterator
from typing import ClassVar

from operate.scenarios.session import Answer
from operate.scenarios.verb import PackName, Verb
from operate.scenarios.verb_call import VerbCall


class Excuse(Verb):
    """Excuses the breach of a clock of the case."""

    NAME: ClassVar[str] = "excuse"
    REQUEST: ClassVar[str] = "POST /v1/cases/{case}/clocks/{clock}/excuse"
    TITLE_ARGUMENT: ClassVar[str] = "clock"

    clock: str
    reason: str

    async def perform(self, call: VerbCall) -> Answer:
        """Excuse the breach."""
        return await call.post("sla", f"/v1/cases/{call.case_id}/clocks/{self.clock}/excuse", {"reason": self.reason})

    def pack_names(self) -> Iterator[PackName]:
        """The clock."""
        yield PackName(kind="clock", path=("clock",), id=self.clock)
