"""What the five sections of a policy pack are made of.

A section is read from YAML or from published JSON through `Section.parse`, strictly: an unknown key, a
number where text is meant or a float is an error at publication, never a surprise in a running case.
Decimals are quoted text in YAML (`rate: "0.13"`), so that no float is ever between a pack and an amount.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Annotated, ClassVar, Final, Literal, Self

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from shared.kernel.errors import Title
from shared.packs.language.expression import Expression

Expr = Expression
"""A condition or formula: text in the pack, a compiled `Expression` in the section."""

Path = tuple[str | int, ...]
"""Where something stands in a section: `("steps", 3, "gates", 0, "require")`."""

Name = tuple[Path, str]


class Section(BaseModel):
    """Base of every model in a pack: frozen, strict, no unknown key."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)

    KEY: ClassVar[str] = ""
    """File name of a top-level section without `.yaml` (`intake`); empty for the parts of a section."""

    @classmethod
    def parse(cls, document: Mapping[str, object]) -> Self:
        """The section of a plain JSON-like document. Raises pydantic's ValidationError with every fault."""
        return cls.model_validate_json(orjson.dumps(document))

    def declares(self) -> "Names":
        """What this section brings into being, for other sections to refer to. Top-level sections override."""
        return Names()

    def references(self) -> "Names":
        """What this section takes for granted. Publication refuses a name that nobody declares."""
        return Names()

    def faults(self) -> Sequence[Name]:
        """What is wrong inside this section, as (path, message); better than one ValueError, which has no line.

        Asked only when every field is well formed; publication refuses the pack.
        """
        return ()

    def findings(self) -> Sequence[Name]:
        """What is allowed but looks like a mistake, as (path, message); told by lint, prevents nothing."""
        return ()

    def scopes(self) -> "Sequence[Scope]":
        """Which variables the expressions under a path may use, beyond `facts.<declared fact>`."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Names of each kind with the path where they stand; both for `declares` and `references`.

    Events are canonical names (`case.accepted`, `clock.breached`). Those of published contracts need no
    declaration; milestones that a pack's own steps reach are declared by intake.
    """

    events: Sequence[Name] = ()
    roles: Sequence[Name] = ()  # declared by pack.yaml
    case_types: Sequence[Name] = ()
    statuses: Sequence[Name] = ()
    steps: Sequence[Name] = ()
    facts: Sequence[Name] = ()
    documents: Sequence[Name] = ()  # intake's document templates
    records: Sequence[Name] = ()  # intake's record kinds
    calendars: Sequence[Name] = ()
    clocks: Sequence[Name] = ()
    remedies: Sequence[Name] = ()
    accounts: Sequence[Name] = ()
    certificates: Sequence[Name] = ()
    templates: Sequence[Name] = ()  # notify's message templates
    channels: Sequence[Name] = ()
    gaps: Sequence[Name] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Variables known to the expressions whose path starts with `path`.

    `roots` maps the first part of a variable to the names allowed as its second part, or to None when
    anything may follow: `{"input": {"findings", "staff"}, "case": None}`. The longest matching path decides.
    """

    path: Path
    roots: Mapping[str, frozenset[str] | None]


class Text(Section):
    """Something a person reads, always in both languages."""

    zh: Annotated[str, Field(min_length=1, max_length=4000)]
    """In Chinese."""
    en: Annotated[str, Field(min_length=1, max_length=4000)]
    """In English."""

    def as_title(self) -> Title:
        """The same as the title of a refusal."""
        return Title(en=self.en, zh=self.zh)


ID: Final = r"^[a-z][a-z0-9]*([_-][a-z0-9]+)*$"
EVENT: Final = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$"
CITATION: Final = r"^[A-Z][A-Z0-9]*-[A-Za-z0-9.]+ \S(.*\S)?$"

Ident = Annotated[str, Field(pattern=ID, max_length=64)]
"""An id in a pack: lower case, snake or kebab."""


class Named(Section):
    """A thing of a pack with an id for machines and a label for people."""

    id: Ident
    """What the pack, its expressions and callers call it."""
    label: Text
    """What people read."""


EventName = Annotated[str, Field(pattern=EVENT, max_length=64)]
"""A canonical event name: `case.accepted`, `clock.breached`."""

Cite = Annotated[
    str,
    Field(
        pattern=CITATION,
        max_length=120,
        description="Rule id and place in the source: `LG-33 Art.33`.",
    ),
]
"""The rule id and the article that a rule of the pack carries out: `LG-33 Art.33`."""


def _decimal_from_text(value: object) -> object:
    if not isinstance(value, str):
        msg = 'write a decimal as quoted text: "0.13"'
        raise ValueError(msg)  # noqa: TRY004 (pydantic turns ValueError into a fault with its place)
    try:
        number = Decimal(value)
    except InvalidOperation:
        msg = 'not a decimal; write "0.13"'
        raise ValueError(msg) from None
    if not number.is_finite() or len(number.as_tuple().digits) > 28 or abs(number.adjusted()) > 27:  # noqa: PLR2004 (ZEN's decimals)
        msg = "a decimal has at most 28 digits"
        raise ValueError(msg)
    return number


DecimalText = Annotated[
    Decimal,
    BeforeValidator(_decimal_from_text),
    PlainSerializer(lambda value: format(value, "f"), return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}),
]
"""A decimal, quoted in YAML, `Decimal` in the section."""


class Duration(Section):
    """A length of time as a rule states it; what a working day is comes from a calendar."""

    amount: Annotated[int, Field(ge=0, le=10_000)]
    """How many; 0 is at once."""
    unit: Literal["minute", "hour", "day", "working_hour", "working_day", "week", "month", "year"]
    """`minute` and `hour` are time on the clock from the instant. `day` and `week` end at 24:00 of the last day,
    `month` and `year` at 24:00 of the same day so much later. `working_hour` is open time of the calendar from the
    instant; `working_day` ends with the closing of the last open day. The start day does not count.
    """
