"""Short texts that a person reads, in the two languages of the product."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from annotated_types import Len


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text that people read, always in both languages, each of 1 to 4000 characters."""

    # A plain dataclass, so that errors carry one without importing pydantic; pydantic validates it where it is a field.
    __pydantic_config__: ClassVar[dict[str, str | bool]] = {"extra": "forbid", "use_attribute_docstrings": True}

    zh: Annotated[str, Len(1, 4000)]
    """In Chinese."""
    en: Annotated[str, Len(1, 4000)]
    """In English."""
