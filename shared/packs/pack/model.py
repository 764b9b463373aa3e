"""pack.yaml: whose rules these are, from when, in which words, and what their source left open."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field, JsonValue

from shared.kernel.text import Text
from shared.packs.language.section import Section
from shared.packs.language.types import Currency, Ident, Zone
from shared.packs.pack.tables import DecisionTable, Definition


class Role(Section):
    """Who acts, approves or is told. A token carries these ids."""

    id: Ident
    """What tokens, steps and messages call it."""
    label: Text
    """What people read."""
    aliases: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] = ()
    """Other names of the same role in the source (departments renamed half-way through, say)."""


class Alternative(Section):
    """Another reading of a gap, which an organisation may publish the pack with."""

    id: Ident
    """What `redress policy publish --reading A5=calendar_days` calls it."""
    value: JsonValue
    """What stands at `where` then, as it would be written there."""
    reading: Text
    """What the pack does then."""
    reason: Text | None = None
    """What speaks for it."""


class Gap(Section):
    """Something the source leaves open or says twice, and the reading this pack takes."""

    ref: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]*(-[A-Za-z0-9.]+)?$", max_length=32)]
    """Identity of the gap (`A5`), for merging and for talking about it."""
    rules: tuple[Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]*-[A-Za-z0-9.]+$")], ...] = ()
    """Rules whose reading this is (`LG-35a`)."""
    text: Text
    """What is unclear or missing."""
    reading: Text
    """What this pack does about it."""
    where: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """The setting that changes the reading (`sla.clocks[departure].excusable`)."""
    reason: Text | None = None
    """Why this reading was taken."""
    alternatives: Annotated[tuple[Alternative, ...], Field(max_length=20)] = ()
    """Other readings; `where` is then a path to one value."""
    chosen: Ident | None = None
    """The alternative that was published in place of the reading in the files; written by `redress policy publish`."""


class Term(Section):
    """A word of the source with its identifier here."""

    id: Ident
    """The identifier that the pack uses."""
    label: Text
    """What people read."""
    aliases: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] = ()
    """Other words of the source for the same thing."""


class PackSection(Section):
    """pack.yaml."""

    KEY: ClassVar[str] = "pack"

    id: Ident
    """Name of the pack; the same as its folder."""
    title: Text
    """What the rules are called."""
    owner: Annotated[str, Field(min_length=1, max_length=200)]
    """Who answers for the pack's content."""
    source: Annotated[str, Field(min_length=1, max_length=500)]
    """The document that the rules come from."""
    language: Literal["zh-CN", "en"] = "zh-CN"
    """What a person is addressed in when nothing else is known."""
    zone: Zone
    """IANA time zone in which the organisation counts days."""
    currency: Currency = "CNY"
    """ISO 4217; of remedies and of limits in the approval table that name none."""
    effective_from: date
    """First day (in `zone`) on which cases are taken under this version."""
    edition: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    """The owner's own name for this version; the number is given when it is published."""
    applicability: Literal["full", "none"] = "full"
    """`none`: the source has no complaint rules; the pack is kept to say so and takes no case."""
    roles: tuple[Role, ...] = ()
    """Everybody who acts, approves, owns, signs or is told."""
    define: Annotated[tuple[Definition, ...], Field(max_length=200)] = ()
    """Expressions that have a name, for every section."""
    tables: Annotated[tuple[DecisionTable, ...], Field(max_length=200)] = ()
    """Decision tables that expressions of every section call."""
    gaps: tuple[Gap, ...] = ()
    """What the source leaves open, each with the reading taken."""
    assumptions: tuple[Text, ...] = ()
    """Readings that hold for the whole pack."""
    glossary: tuple[Term, ...] = ()
    """The source's words and the identifiers that stand for them here."""
