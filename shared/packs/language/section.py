"""What the five sections of a policy pack are made of.

A section is read from YAML or from published JSON through `Section.parse`, strictly: an unknown key, a
number where text is meant or a float is an error at publication, never a surprise in a running case.
Decimals are quoted text in YAML (`rate: "0.13"`), so that no float is ever between a pack and an amount.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

import orjson
from pydantic import BaseModel, ConfigDict

from shared.kernel.text import Text
from shared.packs.language.declarations import Names, Scope
from shared.packs.language.types import Ident, Placed


class Section(BaseModel):
    """Base of every model in a pack: frozen, strict, no unknown key."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)

    KEY: ClassVar[str] = ""
    """File name of a top-level section without `.yaml` (`intake`); empty for the parts of a section."""

    @classmethod
    def parse(cls, document: Mapping[str, object]) -> Self:
        """The section of a plain JSON-like document. Raises pydantic's ValidationError with every fault."""
        return cls.model_validate_json(orjson.dumps(document))

    def declares(self) -> Names:
        """What this section brings into being, for other sections to refer to. Top-level sections override."""
        return Names()

    def references(self) -> Names:
        """What this section takes for granted. Publication refuses a name that nobody declares."""
        return Names()

    def faults(self) -> Sequence[Placed]:
        """What is wrong inside this section, as (path, message); better than one ValueError, which has no line.

        Asked only when every field is well formed; publication refuses the pack.
        """
        return ()

    def findings(self) -> Sequence[Placed]:
        """What is allowed but looks like a mistake, as (path, message); told by lint, prevents nothing."""
        return ()

    def scopes(self) -> Sequence[Scope]:
        """Which variables the expressions under a path may use, beyond `facts.<declared fact>`."""
        return ()


class Named(Section):
    """A thing of a pack with an id for machines and a label for people."""

    id: Ident
    """What the pack, its expressions and callers call it."""
    label: Text
    """What people read."""
