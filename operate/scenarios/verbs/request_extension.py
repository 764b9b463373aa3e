"""Request the extension of a clock."""

from collections.abc import Iterator
from typing import ClassVar

from operate.scenarios.session import Answer
from operate.scenarios.values import Day, When
from operate.scenarios.verb import Earlier, PackName, Verb
from operate.scenarios.verb_call import VerbCall, without_none


class RequestExtension(Verb):
    """Requests a later due instant for a clock of the case."""

    NAME: ClassVar[str] = "request_extension"
    REQUEST: ClassVar[str] = "POST /v1/cases/{case}/clocks/{clock}/extensions"
    TITLE_ARGUMENT: ClassVar[str] = "clock"

    clock: str
    opinion: str | None = None
    proposed_due_on: Day | None = None
    proposed_due_at: When | None = None
    evidence: list[str] | None = None
    """Ids of evidence: `["{photo.evidence_id}"]`."""

    async def perform(self, call: VerbCall) -> Answer:
        """Request the extension."""
        body = without_none(
            opinion=self.opinion,
            proposed_due_on=self.proposed_due_on,
            proposed_due_at=call.instant(self.proposed_due_at),
            evidence=self.evidence,
        )
        return await call.post("sla", f"/v1/cases/{call.case_id}/clocks/{self.clock}/extensions", body)

    def record(self, call: VerbCall, answer: Answer) -> None:
        """The extension's id."""
        call.created.extensions[(call.case, self.clock)] = answer.body["extension_id"]

    def pack_names(self) -> Iterator[PackName]:
        """The clock."""
        yield PackName(kind="clock", path=("clock",), id=self.clock)

    def creates(self, earlier: Earlier, case: str) -> None:
        """The request."""
        earlier.requested.add((case, self.clock))
