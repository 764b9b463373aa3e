"""Parts of the intake section that say what happens: case types, tables, documents, steps."""

from typing import Annotated, Literal

from pydantic import Field

from shared.kernel.text import Text
from shared.packs.intake.model.balances import Books
from shared.packs.intake.model.fields import EntryField, Gate
from shared.packs.intake.model.links import Opens
from shared.packs.intake.model.withdraws import Withdraws
from shared.packs.language.assignments import Assigned
from shared.packs.language.citations import Cite
from shared.packs.language.section import Section
from shared.packs.language.types import EventName, Expr, Ident

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
    """`case.status` in expressions."""
    label: Text
    """What people read."""
    phase: Literal["open", "closed", "archived"] = "open"
    """`open` is worked on, `closed` is not, `archived` takes no further paper."""
    to_customer: Text | None = None
    """What the customer reads for it; when left out, only whether the case is being handled or closed."""


class FirstResponder(Section):
    """Who answers first for a case that a machine registered without naming a person."""

    role: Ident
    """The role; its members are told what the first responder is told."""
    cite: Cite


class CaseType(Section):
    """A kind of case: its number, where it starts, who may open it and what must be known then."""

    id: Ident
    """`case.case_type` in expressions."""
    label: Text
    """What people read."""
    cite: Cite
    number: NumberPattern
    initial: Ident
    """The status a new one has."""
    channels: Annotated[tuple[Ident, ...], Field(min_length=1)]
    """Ways it may come in, named by the pack: `phone`, `web`, `erp`."""
    roles: tuple[Ident, ...] = ()
    """Roles that may open one; when empty, every caller who may write cases."""
    requires: tuple[Ident, ...] = ()
    """Facts that must be given at registration."""
    require: tuple[Gate, ...] = ()
    """Gates before it is registered."""
    first_responder: FirstResponder | None = None
    """Who it is when a machine registers the case for itself; without it such a registration is refused. A machine
    that acts for a named person makes that person the first responder.
    """
    visible_to_customer: bool = False
    """The customer sees own cases of this type, under `/v1/my/cases`; else they do not exist for the customer."""


class ClassificationRow(Section):
    """When this holds, these facts get these values."""

    when: Expr
    """When the row holds; sees the facts as entered."""
    set: Annotated[dict[Ident, Assigned], Field(min_length=1)]
    """Fact to expression, or to `{value: …, cite: …}`."""
    cite: Cite


class Classification(Section):
    """The table that classifies a new case: the first row that holds, or every one in order."""

    mode: Literal["first", "all"] = "all"
    """`first`: the first row that holds; `all`: every one, later rows win."""
    rows: tuple[ClassificationRow, ...] = ()
    """The rows in order."""


class OwnerRow(Section):
    """Who owns a case when this holds; in a table the first row that holds decides."""

    when: Expr | None = None
    """When the row holds; always when left out."""
    owner: Ident
    """The role that owns the case."""
    cite: Cite


class Signer(Section):
    """A party that signs, and the roles that may record its signature."""

    party: Ident
    """What the step's input `party` names."""
    label: Text
    """What people read."""
    roles: tuple[Ident, ...] = ()
    """Roles that may record the signature; any that may take the step when empty."""


class DocumentField(Section):
    """One field of a document, computed when it is drafted from facts, input, records, documents or remedies."""

    id: Ident
    """`documents.<template>.fields.<id>` in expressions."""
    label: Text
    """What people read."""
    value: Expr
    """Computed once, when the paper is drafted."""
    required: bool = False
    """The paper is refused while it is absent."""
    shared: bool = True
    """Goes into events; False for personal data."""


class DocumentTemplate(Section):
    """A numbered paper with fields, signers and holders of its copies; a final one is hashed and never edited."""

    id: Ident
    """`documents.<id>` in expressions."""
    label: Text
    """What people read."""
    cite: Cite
    number: NumberPattern
    fields: Annotated[tuple[DocumentField, ...], Field(min_length=1)]
    """What stands in it."""
    signers: tuple[Signer, ...] = ()
    """Who signs; no signature is needed when empty."""
    ordered: bool = True
    """The parties sign in the order in which they stand here."""
    recipients: tuple[Ident, ...] = ()
    """Roles that get a copy."""
    copies: Annotated[int, Field(ge=1, le=20)] = 1
    """How many originals."""
    visible_to_customer: bool = False
    """The customer reads it with all its fields: as a draft when the customer signs it, else once it is signed."""


class Branch(Section):
    """A status to go to when the condition holds."""

    when: Expr
    """The condition."""
    status: Ident
    """The status then."""


class Milestone(Section):
    """A canonical event name that a step reaches, under a condition or by a rule of its own."""

    name: EventName
    """The event's name: `case.accepted`."""
    when: Expr | None = None
    """The condition; always when left out."""
    cite: Cite | None = None
    """The rule that names it; that of the step when left out."""


class VisibleMilestone(Section):
    """A milestone that the customer sees on the page of an own case, in words of its own."""

    event: EventName
    """The milestone's name: `case.accepted`."""
    label: Text
    """What the customer reads."""


class DocumentEffect(Section):
    """What a step does to a paper. `sign` reads the inputs `party` and `signer`, `correct` the input `reason`."""

    template: Ident
    """The paper."""
    action: Literal["draft", "sign", "finalise", "issue", "correct"]
    """`draft` makes it, `sign` adds a signature, `finalise` closes a signed one, `issue` makes and closes an
    unsigned one at once, `correct` replaces a final one by a new version.
    """


class OwnerFrom(Section):
    """The new owner is what was entered (a role of the pack)."""

    input: Ident
    """The step's input that names the role; a choice of roles."""


class Reaction(Section):
    """The step is taken by the system when this event of another service arrives, or when a linked case gets so far."""

    event: EventName
    """The event's canonical name."""
    relation: Ident | None = None
    """The event is a linked case's: of this relation, or of the case that opened this one (`parent`).

    It may be a milestone that a step reaches, `case.registered`, or another service's event. `event` in the
    expressions is then the linked case as `links` shows it, with `milestone`.
    """
    when: Expr | None = None
    """Taken only when this holds; `event` is what the event says."""
    input: dict[Ident, Expr] = {}
    """The step's inputs, from the event or the case."""


class Step(Section):
    """One thing that may be done to a case: who, from where, with what, under which gates, to what effect."""

    id: Ident
    """The last part of its address: `POST /v1/cases/{case}/steps/<id>`."""
    label: Text
    """What people read."""
    cite: Cite
    case_types: tuple[Ident, ...] = ()
    """All case types when empty."""
    from_: Annotated[tuple[Ident, ...] | Literal["open"], Field(alias="from")]
    """Statuses it may be taken in; `open` for every open one."""
    roles: Annotated[tuple[Ident, ...], Field(min_length=1)]
    """Who may take it; an actor needs one of them. The system needs none, so with a role that no person holds only `on`
    takes it.
    """
    not_by_who: Annotated[tuple[Ident, ...], Field(max_length=20)] = ()
    """Four eyes: a person who took one of these steps on the case may not take this one."""
    input: tuple[EntryField, ...] = ()
    """What is asked for."""
    require: tuple[Ident | Gate, ...] = ()
    """Gates in the order in which they are judged; an id names one of the section's `gates`."""
    set: dict[Ident, Assigned] = {}
    """Fact to expression, or to `{value: …, cite: …}`; sees `input`, and the facts as they were before the step."""
    classify: bool = False
    """The classification table is evaluated again, over the facts as `set` leaves them: a kind or a grade that was
    corrected has its consequences.
    """
    becomes: Ident | None = None
    """Another case type, which the case has afterwards; `case_types` says from which. It keeps its number. Facts that
    the new type lacks become absent, and those that it has are classified anew.
    """
    goto: Ident | tuple[Branch, ...] | None = None
    """The status afterwards, one of the new type where it `becomes` another; with branches the first that holds, else
    it stays.
    """
    milestones: tuple[EventName | Milestone, ...] = ()
    """Events that it reaches, always or under a condition; clocks, messages and gates hang on them."""
    owner: Ident | OwnerFrom | tuple[OwnerRow, ...] | None = None
    """The owner afterwards: a role, what was entered, or the first row that holds; else it stays."""
    visit: Literal["dispatch", "arrive", "complete"] | None = None
    """Moves the case's visit: it is dispatched, arrives, is completed, in this order."""
    record: Ident | None = None
    """The record kind that this step enters; its fields are asked for with the step's own."""
    document: DocumentEffect | None = None
    """What it does to a paper."""
    archive: bool = False
    """It files the case: an index of all papers with their hashes."""
    books: Annotated[tuple[Books, ...], Field(max_length=8)] = ()
    """What it books on balances, in this order."""
    opens: tuple[Opens, ...] = ()
    """Linked cases that this step opens, in this order."""
    withdraws: Annotated[tuple[Withdraws, ...], Field(max_length=8)] = ()
    """Open remedies of the case that it ends, once settlement hears of the step."""
    on: tuple[Reaction, ...] = ()
    """Events upon which the system takes it by itself."""

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
