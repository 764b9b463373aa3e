"""Publish events again and prove that nothing changes."""

from typing import ClassVar, Literal

from operate.scenarios.redelivery import replay
from operate.scenarios.session import Answer
from operate.scenarios.verb import Verb
from operate.scenarios.verb_call import VerbCall


class Replay(Verb):
    """Publishes the organisation's events again, as an operator would, and waits until every consumer has read them.

    The scenario fails when a page, list, delivery or payment differs afterwards, or when an event is caused.
    """

    NAME: ClassVar[str] = "replay"
    REQUEST: ClassVar[str] = "POST /v1/outbox/replay"
    GOES_ON: ClassVar[bool] = True
    NEEDS_REST: ClassVar[bool] = True
    TITLE_ARGUMENT: ClassVar[str] = "to"
    NEEDS_PERSON: ClassVar[bool] = False
    CHANGES_NOTHING: ClassVar[bool] = True

    of: Literal["organisation", "case"] = "organisation"
    """All events of the organisation, or those of the step's case."""
    to: Literal["all", "intake", "sla", "settlement", "notify"] = "all"
    """Only events on topics that this service reads; other services that read the topic get them too."""

    def needs_case(self) -> bool:
        """Whether it is about one case."""
        return self.of == "case"

    async def perform(self, call: VerbCall) -> Answer:
        """Ask each service to publish its events again; the body has the number of each."""
        case_id = call.case_id if self.of == "case" else None
        return await replay(call.session, case_id=case_id, to=None if self.to == "all" else self.to)
