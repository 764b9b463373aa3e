"""Parts of the intake section that say what may be entered: fields, gates, evidence, checklists.

A field is a fact of a case, an input of a step or an entry of a record; one grammar for all three.
"""

from typing import Annotated, Final, Literal

from pydantic import Field

from shared.kernel.text import Text
from shared.packs.language.assignments import Assigned
from shared.packs.language.citations import Cite
from shared.packs.language.section import Choice, Section
from shared.packs.language.types import DecimalText, Expr, Ident, Unit

LARGEST_FILE: Final = 100 * 1024 * 1024
"""No pack may let in files beyond this."""

ORDINARY_DATE: Final = "2026-03-02"
ORDINARY_INSTANT: Final = "2026-03-02T08:00:00Z"

FieldType = Literal["text", "integer", "decimal", "boolean", "choice", "date", "instant", "list"]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$", max_length=64)]
MediaType = Annotated[str, Field(pattern=r"^[a-z]+/[a-z0-9.+-]+$", max_length=100)]


class EntryField(Section):
    """One value that is entered, with the refusal that its absence or a wrong value gets."""

    id: Ident
    """Its name: `facts.<id>`, `input.<id>`, `records.<kind>[n].<id>`."""
    label: Text
    """What people read."""
    type: FieldType
    """`decimal` is text (`"60.5"`, 18 digits before the point and 9 after), `date` `2026-03-02`, `instant` with an
    offset, `list` texts.
    """
    cite: Cite | None = None
    """The rule that asks for it, for its refusal."""
    required: bool = False
    """It must be given."""
    required_when: Expr | None = None
    """Required only when this holds; the other values of the same input are `input.…`."""
    choices: tuple[Choice | Ident, ...] = ()
    """What a `choice` may be, or the members of a `list`: ids, or ids with labels."""
    min: DecimalText | None = None
    """Least number, inclusive."""
    max: DecimalText | None = None
    """Greatest number, inclusive."""
    not_before: Expr | None = None
    """Earliest date or instant, inclusive: `facts.bought_on`, `at`. Days are compared where one of the two is a date. A
    bound that cannot be computed refuses.
    """
    not_after: Expr | None = None
    """Latest date or instant, inclusive."""
    unit: Unit | None = None
    """Of a number: `CNY`, `CNY_minor` (fen), `t`, `CNY/t`, `hour`. An expression that adds or compares it with a value
    of another unit is refused.
    """
    max_length: Annotated[int, Field(ge=1, le=20_000)] = 2000
    """Longest text, in characters."""
    equals: bool | None = None
    """A boolean that must have this value: what has to be confirmed, such as a retained sample."""
    code: Code | None = None
    """Refusal code instead of `input_missing` and `input_invalid`."""
    shared: bool = False
    """Goes into events, so that other services' rules and texts may use it."""
    personal: bool = False
    """Personal data: never in an event."""

    def allowed(self) -> tuple[str, ...]:
        """The ids of the choices."""
        return tuple(choice if isinstance(choice, str) else choice.id for choice in self.choices)

    def ordinary(self) -> object:
        """A value that it may well have, for trying expressions."""
        choices = self.allowed()
        samples: dict[str, object] = {
            "integer": 1,
            "decimal": "1",
            "boolean": True,
            "date": ORDINARY_DATE,
            "instant": ORDINARY_INSTANT,
            "list": [*choices] or ["text"],
        }
        return samples.get(self.type, choices[0] if choices else "text")


class FactField(EntryField):
    """A fact of a case: entered at registration, classified by table or set by steps."""

    case_types: tuple[Ident, ...] = ()
    """The case types whose cases have it; all when empty. In a case of another type it is absent: refused when entered,
    left out by tables.
    """
    initial: str | bool | int | None = None
    """Its value until something sets another."""
    enterable: bool = True
    """False: only tables and steps set it."""
    visible_to_customer: bool = False
    """The customer reads it on the page of an own case."""


class Gate(Section):
    """A condition without which a step or a registration is refused, and the refusal itself."""

    when: Expr | None = None
    """The gate stands only when this holds."""
    that: Expr
    """What must hold."""
    code: Code
    """The refusal's code, for programs."""
    cite: Cite
    message: Text
    """The refusal, for people."""
    fields: dict[Ident, Expr] = {}
    """What a client may act on (the papers that miss, say): name to expression."""

    def expressions(self) -> tuple[Expr, ...]:
        """All expressions of the gate."""
        return (*([self.when] if self.when else []), self.that, *self.fields.values())


class NamedGate(Gate):
    """A gate that several steps name in their `require`."""

    id: Ident
    """What steps call it."""


class EvidenceKind(Section):
    """A kind of file that may be filed with a case."""

    id: Ident
    """What `evidence.kinds` and the items of `files` call it."""
    label: Text
    """What people read."""
    media_types: Annotated[tuple[MediaType, ...], Field(min_length=1)]
    """What the file may be, judged by its content: `image/jpeg`, `application/pdf`."""
    max_bytes: Annotated[int, Field(ge=1, le=LARGEST_FILE)] = 10 * 1024 * 1024
    """Largest file, in bytes."""
    from_customer: bool = False
    """The customer may file it with an own case, and sees the files of this kind that customers filed."""
    cite: Cite | None = None
    """The rule that asks for it."""


class ChecklistItem(Section):
    """One paper of a complete file."""

    kind: Ident
    """A kind of evidence."""
    when: Expr | None = None
    """Needed only when this holds."""


class Checklist(Section):
    """A complete file: the kinds of evidence that must be there (`files.<id>.missing` in expressions)."""

    id: Ident
    """`files.<id>` in expressions."""
    label: Text
    """What people read."""
    cite: Cite
    items: Annotated[tuple[ChecklistItem, ...], Field(min_length=1)]
    """What belongs to it."""


class RecordKind(Section):
    """An entry with its own fields, of which a case may have several: a sample, a lab report."""

    id: Ident
    """`records.<id>` in expressions: a list, oldest first."""
    label: Text
    """What people read."""
    cite: Cite
    fields: Annotated[tuple[EntryField, ...], Field(min_length=1)]
    """What is entered; asked for by the step that names the kind."""


class EveryContact(Section):
    """What is noted about every contact, whatever its kind."""

    fields: tuple[EntryField, ...] = ()
    """What is asked for."""
    require: tuple[Gate, ...] = ()
    """Gates before it is noted (422)."""
    set: dict[Ident, Assigned] = {}
    """Computed entries, stored with the fields: expressions, or `{value: …, cite: …}`."""


class ContactKind(Section):
    """A kind of first contact and what must be noted about it."""

    id: Ident
    """What callers of the API name."""
    label: Text
    """What people read."""
    cite: Cite
    channels: tuple[Ident, ...] = ()
    """Channels it may come through; any when empty."""
    caller: tuple[Literal["organisation", "name", "phone", "email"], ...] = ()
    """What must be known of the caller."""
    fields: tuple[EntryField, ...] = ()
    """What is asked for, beside that of every contact."""
    require: tuple[Gate, ...] = ()
    """Gates before it is noted (422)."""
    set: dict[Ident, Assigned] = {}
    """Computed entries, stored with the fields: expressions, or `{value: …, cite: …}`."""
    opens: Ident | None = None
    """Case type that a contact of this kind may open."""
