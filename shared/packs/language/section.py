"""What the five sections of a policy pack are made of.

A section is read from YAML or from published JSON through `Section.parse`, strictly: an unknown key, a
number where text is meant or a float is an error at publication, never a surprise in a running case.
Decimals are quoted text in YAML (`rate: "0.13"`), so that no float is ever between a pack and an amount.
"""

from collections.abc import Mapping
from typing import ClassVar, Self

import orjson
from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from shared.kernel.field_docs import field_docs
from shared.kernel.text import Text
from shared.packs.language.types import Ident
from shared.packs.language.words import PLAIN, Words


class Section(BaseModel):
    """Base of every model in a pack: frozen, strict, no unknown key."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    KEY: ClassVar[str] = ""
    """File name of a top-level section without `.yaml` (`intake`); empty for the parts of a section."""

    @classmethod
    def parse(cls, document: Mapping[str, object], *, words: Words = PLAIN) -> Self:
        """The section of a plain JSON-like document, whose expressions may use the `words` of the pack.

        Raises pydantic's ValidationError with every fault.
        """
        return cls.model_validate_json(orjson.dumps(document), context={"words": words})

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Each field is described by the docstring below it."""
        schema = handler(core)
        fields, docs = handler.resolve_ref_schema(schema)["properties"], field_docs(cls)
        for name, field in cls.model_fields.items():
            if name in docs and field.description is None:
                fields[field.alias or name]["description"] = docs[name]
        return schema


class Named(Section):
    """A thing of a pack with an id for machines and a label for people."""

    id: Ident
    """What the pack, its expressions and callers call it."""
    label: Text
    """What people read."""


class Choice(Section):
    """One allowed value of a choice, with what a person reads for it."""

    id: Ident
    """What is stored and compared."""
    label: Text
    """What people read."""
