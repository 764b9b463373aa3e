"""What every verb of a scenario is: its arguments, its request, and what it refers to.

A verb is one file in `operate/scenarios/verbs`: a class with NAME, found by `operate/scenarios/registry.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from operate.scenarios.session import Answer
from operate.scenarios.values import Strict
from operate.scenarios.verb_call import VerbCall
from operate.token_commands import USUAL_SCOPES

Kind = Literal[
    "case_type", "step", "evidence", "remedy", "clock", "document", "indicator",
    "account", "document_field", "goal", "message_rule", "milestone", "relation", "status",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PackName:
    """A thing of the pack that a scenario names: which kind, where in the file (below the verb), its id."""

    kind: Kind
    path: tuple[str | int, ...]
    id: str


@dataclass(slots=True)
class Earlier:
    """What the steps before this one create, as far as the file shows. `incomplete` after a faulty step."""

    cases: list[str] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    quoted: set[tuple[str, str]] = field(default_factory=set)
    requested: set[tuple[str, str]] = field(default_factory=set)
    incomplete: bool = False


class Verb(Strict):
    """The arguments of one verb; the request that it makes; what it refers to and creates."""

    NAME: ClassVar[str]
    REQUEST: ClassVar[str]
    """The public operation, for the documentation."""
    TITLE_ARGUMENT: ClassVar[str] = ""
    """The argument that is printed beside the verb: `step analyse`."""
    NEEDS_PERSON: ClassVar[bool] = True
    NEEDS_CASE: ClassVar[bool] = True
    SCOPES: ClassVar[str] = USUAL_SCOPES
    """The token's scopes when the person has none of their own in the file."""
    NEEDS_REST: ClassVar[bool] = False
    """It is about what happens by itself upon earlier steps: the runner waits for that first."""
    GOES_ON: ClassVar[bool] = False
    """More happens by itself after the answer; the runner waits for it."""
    CHANGES_NOTHING: ClassVar[bool] = False
    """The scenario fails when anything that the public operations show differs afterwards."""

    async def perform(self, call: VerbCall) -> Answer:
        """Make the request; a refusal is an answer."""
        raise NotImplementedError

    def record(self, call: VerbCall, answer: Answer) -> None:
        """Remember for later steps what the accepted request created."""

    def pack_names(self) -> Iterator[PackName]:
        """The things of the pack that the arguments name."""
        return iter(())

    def missing(self, earlier: Earlier, case: str) -> Iterator[str]:  # noqa: ARG002 - verbs override it
        """What the verb needs and no step before it creates, in words."""
        return iter(())

    def creates(self, earlier: Earlier, case: str) -> None:
        """Add what the verb creates, for the checks of later steps."""

    def needs_case(self) -> bool:
        """Whether the request is about a case."""
        return self.NEEDS_CASE

    def names_case(self) -> str | None:
        """The name that the verb itself gives to the case of its step."""
        return None

    def title(self) -> str:
        """The verb with its most telling argument."""
        argument = getattr(self, self.TITLE_ARGUMENT, None) if self.TITLE_ARGUMENT else None
        return f"{self.NAME} {argument}" if argument else self.NAME
