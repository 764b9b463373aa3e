"""Quote a remedy."""

from collections.abc import Iterator
from typing import ClassVar

from operate.scenarios.session import Answer
from operate.scenarios.values import Json
from operate.scenarios.verb import Earlier, PackName, Verb
from operate.scenarios.verb_call import VerbCall


class Quote(Verb):
    """Quotes a remedy: computes its amount from `inputs`."""

    NAME: ClassVar[str] = "quote"
    REQUEST: ClassVar[str] = "POST /v1/cases/{case}/remedies"
    TITLE_ARGUMENT: ClassVar[str] = "remedy"

    remedy: str
    """Id of the remedy in the pack."""
    inputs: dict[str, Json] = {}
    """The remedy's inputs, by their names in the pack."""

    async def perform(self, call: VerbCall) -> Answer:
        """Quote the remedy."""
        body = {"remedy": self.remedy, "inputs": call.values(self.inputs)}
        return await call.post("settlement", f"/v1/cases/{call.case_id}/remedies", body)

    def record(self, call: VerbCall, answer: Answer) -> None:
        """The quote, which is now the latest of the case."""
        call.created.remedies[(call.case, self.remedy)] = answer.body
        call.created.latest_remedy[call.case] = self.remedy

    def pack_names(self) -> Iterator[PackName]:
        """The remedy."""
        yield PackName(kind="remedy", path=("remedy",), id=self.remedy)

    def creates(self, earlier: Earlier, case: str) -> None:
        """The quote."""
        earlier.quoted.add((case, self.remedy))
