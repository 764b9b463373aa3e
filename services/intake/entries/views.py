"""Texts and refusals as every feature answers them, and the bounds of what is entered."""

from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints

from shared.kernel.errors import ServiceError
from shared.kernel.text import Text

Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
Entries = Annotated[dict[str, Any], Field(max_length=200)]


class TextView(BaseModel):
    """A short text in both languages."""

    zh: str
    en: str


class RefusalView(BaseModel):
    """What a step or a purge would be refused with, in the words of the problem that would come."""

    code: str
    title: str
    title_zh: str
    cite: str | None
    detail: str
    fields: dict[str, Any]


def text_view(label: Text) -> TextView:
    """A label of the pack."""
    return TextView(zh=label.zh, en=label.en)


def refusal_view(error: ServiceError) -> RefusalView:
    """What would be refused, and why."""
    title = error.title
    return RefusalView(
        code=error.code,
        title=title.en,
        title_zh=title.zh,
        cite=error.cite,
        detail=error.detail,
        fields=error.fields,
    )
