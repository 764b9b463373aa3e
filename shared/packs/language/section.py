"""What the five sections of a policy pack are made of.

A section is read from YAML or from published JSON through `Section.parse`, strictly: an unknown key, a
number where text is meant or a float is an error at publication, never a surprise in a running case.
Decimals are quoted text in YAML (`rate: "0.13"`), so that no float is ever between a pack and an amount.
"""

from collections.abc import Mapping
from typing import ClassVar, Self

import orjson
from pydantic import BaseModel, ConfigDict

from shared.kernel.text import Text
from shared.packs.language.types import Ident


class Section(BaseModel):
    """Base of every model in a pack: frozen, strict, no unknown key."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)

    KEY: ClassVar[str] = ""
    """File name of a top-level section without `.yaml` (`intake`); empty for the parts of a section."""

    @classmethod
    def parse(cls, document: Mapping[str, object]) -> Self:
        """The section of a plain JSON-like document. Raises pydantic's ValidationError with every fault."""
        return cls.model_validate_json(orjson.dumps(document))


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
