"""Take a step of the pack's workflow."""

from collections.abc import Iterator
from typing import ClassVar

from operate.scenarios.session import Answer
from operate.scenarios.values import Json, When
from operate.scenarios.verb import PackName, Verb
from operate.scenarios.verb_call import VerbCall, without_none


class Step(Verb):
    """Takes a step of the pack on the case."""

    NAME: ClassVar[str] = "step"
    REQUEST: ClassVar[str] = "POST /v1/cases/{case}/steps/{id}; a customer: /v1/my/cases/…"
    TITLE_ARGUMENT: ClassVar[str] = "id"

    id: str
    """Id of the step in the pack."""
    input: dict[str, Json] = {}
    """The step's inputs, by their names in the pack."""
    happened_at: When | None = None
    """When it happened, if it is recorded later."""

    async def perform(self, call: VerbCall) -> Answer:
        """Take the step."""
        body = without_none(input=call.values(self.input), at=call.instant(self.happened_at))
        return await call.post("intake", f"{call.case_path}/steps/{self.id}", body)

    def pack_names(self) -> Iterator[PackName]:
        """The step."""
        yield PackName(kind="step", path=("id",), id=self.id)
