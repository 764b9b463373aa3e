"""Parts of the intake section that say what happens: case types, tables, documents, steps."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from shared.policy.section import Cite, EventName, Expr, Ident, Section, Text
from shared.policy.sections.intake_fields import EntryField, Gate
from shared.policy.sections.intake_links import Opens

NumberPattern = Annotated[
    str,
    Field(
        pattern=r"^[^{}]*(\{(yyyy|yy|mm|dd)\}[^{}]*)*\{seq:[1-9]\}[^{}]*$",
        max_length=40,
        description="`QO-{yyyy}{mm}-{seq:5}`: counts from 1 within the dates it names, without a gap.",
    ),
]


class Status(Section):
    """Where a case may stand. `closed` takes no further handling; `archived` no further paper either."""

    id: Ident
    label: Text
    phase: Literal["open", "closed", "archived"] = "open"


class CaseType(Section):
    """A kind of case: its number, where it starts, who may open it and what must be known then."""

    id: Ident
    label: Text
    cite: Cite
    number: NumberPattern
    initial: Ident
    channels: Annotated[tuple[Ident, ...], Field(min_length=1)]
    roles: tuple[Ident, ...] = ()
    """Who may open one; whoever may write cases when empty."""
    requires: tuple[Ident, ...] = ()
    """Facts that must be given at registration."""
    require: tuple[Gate, ...] = ()


class ClassificationRow(Section):
    """When this holds, these facts get these values."""

    when: Expr
    set: Annotated[dict[Ident, Expr], Field(min_length=1)]
    cite: Cite


class Classification(Section):
    """The table that classifies a new case: the first row that holds, or every one in order."""

    mode: Literal["first", "all"] = "all"
    rows: tuple[ClassificationRow, ...] = ()


class OwnerRow(Section):
    """Who owns a case when this holds; in a table the first row that holds decides."""

    when: Expr | None = None
    owner: Ident
    cite: Cite


class Signer(Section):
    """A party that signs, and the roles that may record its signature."""

    party: Ident
    label: Text
    roles: tuple[Ident, ...] = ()


class DocumentField(Section):
    """One field of a document, computed when it is drafted from facts, input, records, documents or remedies."""

    id: Ident
    label: Text
    value: Expr
    required: bool = False
    shared: bool = True
    """Goes into events; False for personal data."""


class DocumentTemplate(Section):
    """A numbered paper with fields, signers and holders of its copies; a final one is hashed and never edited."""

    id: Ident
    label: Text
    cite: Cite
    number: NumberPattern
    fields: Annotated[tuple[DocumentField, ...], Field(min_length=1)]
    signers: tuple[Signer, ...] = ()
    ordered: bool = True
    """The parties sign in the order in which they stand here."""
    recipients: tuple[Ident, ...] = ()
    copies: Annotated[int, Field(ge=1, le=20)] = 1


class Branch(Section):
    """A status to go to when the condition holds."""

    when: Expr
    status: Ident


class Milestone(Section):
    """A canonical event name that a step reaches when the condition holds."""

    name: EventName
    when: Expr


class DocumentEffect(Section):
    """What a step does to a paper. `sign` reads the inputs `party` and `signer`, `correct` the input `reason`."""

    template: Ident
    action: Literal["draft", "sign", "finalise", "issue", "correct"]


class OwnerFrom(Section):
    """The new owner is what was entered (a role of the pack)."""

    input: Ident


class Reaction(Section):
    """The step is taken by the system when this event of another service arrives, or when a linked case gets so far."""

    event: EventName
    relation: Ident | None = None
    """The event is a linked case's: of this relation, or of the case that opened this one (`parent`).

    It may be a milestone that a step reaches, `case.registered`, or another service's event. `event` in the
    expressions is then the linked case as `links` shows it, with `milestone`.
    """
    when: Expr | None = None
    input: dict[Ident, Expr] = {}


class Step(Section):
    """One thing that may be done to a case: who, from where, with what, under which gates, to what effect."""

    id: Ident
    label: Text
    cite: Cite
    case_types: tuple[Ident, ...] = ()
    """All case types when empty."""
    from_: Annotated[tuple[Ident, ...] | Literal["open"], Field(alias="from")]
    """Statuses it may be taken in; `open` for every open one."""
    roles: Annotated[tuple[Ident, ...], Field(min_length=1)]
    input: tuple[EntryField, ...] = ()
    require: tuple[Ident | Gate, ...] = ()
    """Gates in the order in which they are judged; an id names one of the section's `gates`."""
    set: dict[Ident, Expr] = {}
    goto: Ident | tuple[Branch, ...] | None = None
    """The status afterwards; with branches the first that holds, else it stays."""
    milestones: tuple[EventName | Milestone, ...] = ()
    owner: Ident | OwnerFrom | tuple[OwnerRow, ...] | None = None
    """The owner afterwards: a role, what was entered, or the first row that holds; else it stays."""
    visit: Literal["dispatch", "arrive", "complete"] | None = None
    record: Ident | None = None
    """The record kind that this step enters; its fields are asked for with the step's own."""
    document: DocumentEffect | None = None
    archive: bool = False
    opens: tuple[Opens, ...] = ()
    """Linked cases that this step opens, in this order."""
    on: tuple[Reaction, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needs: tuple[str, ...] = ()
        if self.document and self.document.action == "sign":
            needs = ("party", "signer")
        if self.document and self.document.action == "correct":
            needs = ("reason",)
        missing = set(needs) - {field.id for field in self.input}
        if missing:
            raise ValueError(f"step {self.id}: needs the inputs {', '.join(sorted(missing))}")
        if isinstance(self.owner, OwnerFrom) and self.owner.input not in {field.id for field in self.input}:
            raise ValueError(f"step {self.id}: the owner comes from an input that it does not have")
        return self

    def targets(self) -> tuple[str, ...]:
        """Every status that it may lead to."""
        match self.goto:
            case None:
                return ()
            case str():
                return (self.goto,)
            case branches:
                return tuple(branch.status for branch in branches)

    def reached(self) -> tuple[str, ...]:
        """Every milestone that it may reach."""
        return tuple(name if isinstance(name, str) else name.name for name in self.milestones)
