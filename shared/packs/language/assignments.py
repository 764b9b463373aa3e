"""A value that a pack sets: an expression, alone or with the rule that says so."""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, ValidationInfo, WithJsonSchema

from shared.packs.language.citations import Cite
from shared.packs.language.expression import Expression, from_document, words_of_pack
from shared.packs.language.expression_text import LONGEST
from shared.packs.language.words import PLAIN, Words


class Assignment(Expression):
    """An expression whose result is stored; `cite` is the rule that says so, None when that of its element does."""

    __slots__ = ("cite",)

    cite: str | None

    def __init__(self, source: str, *, words: Words = PLAIN, cite: str | None = None) -> None:
        """Compile `source` with the words of a pack. Raises ExpressionInvalid."""
        super().__init__(source, words=words)
        self.cite = cite


class _Cited(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    value: Expression
    cite: Cite


_SCHEMA: Final = {
    "anyOf": [
        {"type": ["string", "boolean"], "maxLength": LONGEST, "description": "A ZEN expression."},
        {**_Cited.model_json_schema(), "title": "Cited"},
    ],
    "description": "A ZEN expression, or `{value: …, cite: …}`.",
}


def _assignment(value: object, info: ValidationInfo) -> Assignment:
    if isinstance(value, Assignment):
        return value
    if isinstance(value, Mapping):
        cited = _Cited.model_validate(value, context=info.context)
        return Assignment(cited.value.source, words=cited.value.words, cite=cited.cite)
    found = from_document(value, words=words_of_pack(info))
    return Assignment(found.source, words=found.words)


def _document(assignment: Assignment) -> str | dict[str, str]:
    if assignment.cite is None:
        return assignment.source
    return {"value": assignment.source, "cite": assignment.cite}


Assigned = Annotated[Assignment, BeforeValidator(_assignment), PlainSerializer(_document), WithJsonSchema(_SCHEMA)]
"""What stands in `set`: an expression, or a map of `value` and `cite`."""
