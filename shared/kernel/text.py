"""Short texts that a person reads, in the two languages of the product."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from annotated_types import Len


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text in both languages; each has 1 to 4000 characters where it is validated.

    A plain dataclass, so that errors may carry one without importing pydantic; pydantic validates it in packs,
    contracts and views and refuses unknown keys.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    zh: Annotated[str, Len(1, 4000)]
    """In Chinese."""
    en: Annotated[str, Len(1, 4000)]
    """In English."""
