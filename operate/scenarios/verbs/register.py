"""Register a case."""

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from operate.scenarios.session import Answer
from operate.scenarios.values import Json, Name, When
from operate.scenarios.verb import Earlier, PackName, Verb
from operate.scenarios.verb_call import VerbCall, without_none


class Register(Verb):
    """Registers a case; later steps name it by `as`, or by the step's `case`, or as `case`."""

    NAME: ClassVar[str] = "register"
    REQUEST: ClassVar[str] = "POST /v1/cases"
    NEEDS_CASE: ClassVar[bool] = False
    TITLE_ARGUMENT: ClassVar[str] = "case_type"

    case_type: str
    channel: str = "erp"
    customer: dict[str, Json] | None = None
    """`{ref, name, email?, phone?, locale?}`; default: the `customer` of the file."""
    parties: list[dict[str, Json]] = []
    """`[{role, name, email?, phone?, locale?}]`."""
    facts: dict[str, Json] = {}
    description: str = "scenario"
    order_ref: str | None = None
    received_at: When | None = None
    pack: str | None = None
    """Id of the pack, when several are published."""
    name: Name | None = Field(default=None, alias="as")
    """Name of the case for later steps."""

    async def perform(self, call: VerbCall) -> Answer:
        """Register the case."""
        body = without_none(
            case_type=self.case_type,
            channel=self.channel,
            customer=self.customer or call.customer,
            parties=self.parties or None,
            facts=call.values(self.facts),
            description=self.description,
            order_ref=self.order_ref,
            received_at=call.instant(self.received_at),
            pack=self.pack,
        )
        return await call.post("intake", "/v1/cases", body)

    def record(self, call: VerbCall, answer: Answer) -> None:
        """The case's id, and the answer under the case's name."""
        call.created.cases[call.case] = answer.body["case_id"]
        call.created.answers[call.case] = answer.body

    def pack_names(self) -> Iterator[PackName]:
        """The case type."""
        yield PackName(kind="case_type", path=("case_type",), id=self.case_type)

    def creates(self, earlier: Earlier, case: str) -> None:
        """The case."""
        earlier.cases.append(case)

    def names_case(self) -> str | None:
        """The name given by `as`."""
        return self.name
