"""The rules of the source that an element of a pack carries out: one citation, or several.

In a section a citation is one text, `LG-33 Art.33`; several are joined, `LG-33 Art.33; LG-34a Art.34`, as refusals,
explanations and events show them.
"""

import re
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, ValidationError, WithJsonSchema
from pydantic_core import InitErrorDetails, PydanticCustomError

_RULE: Final = r"[A-Z][A-Z0-9]*-[A-Za-z0-9.]+"
CITATION: Final = rf"^{_RULE} \S(.*\S)?$"
_LONGEST: Final = 120
_MOST: Final = 8
_SEPARATOR: Final = "; "
_BETWEEN: Final = re.compile(rf"{_SEPARATOR}(?={_RULE} \S)")

_LISTED: Final = re.compile(rf"\s*[,，、；]\s*(?={_RULE} \S)")
"""Between citations that were written as one text."""

_ONE: Final = {"type": "string", "pattern": CITATION, "maxLength": _LONGEST}
_SCHEMA: Final = {
    "anyOf": [_ONE, {"type": "array", "items": _ONE, "minItems": 1, "maxItems": _MOST}],
}


def citations(cite: str) -> tuple[str, ...]:
    """The single citations of a text: `LG-33 Art.33` and `LG-34a Art.34`."""
    return tuple(_BETWEEN.split(cite)) if cite else ()


def _joined(value: object) -> str:
    given = value if isinstance(value, list) else [value]
    faults: list[InitErrorDetails] = [
        {"type": fault, "loc": (index,) if isinstance(value, list) else (), "input": None}
        for index, cite in enumerate(given)
        if (fault := _fault(cite)) is not None
    ]
    if not 1 <= len(given) <= _MOST:
        faults.append({"type": _error(f"one to {_MOST} citations"), "loc": (), "input": None})
    if faults:
        raise ValidationError.from_exception_data("Cite", faults)
    return _SEPARATOR.join(dict.fromkeys(map(str, given)))


def _fault(cite: object) -> PydanticCustomError | None:
    if not isinstance(cite, str):
        return _error("a citation is text")
    if re.match(CITATION, cite) is None:
        return _error(
            "a citation is a rule's id (capitals, a dash, the number), a space, the place in the source: `LS-3 s.3`"
        )
    if len(listed := _LISTED.split(cite)) > 1:
        return _error(f"write several citations as a list: [{', '.join(listed)}]")
    return _error(f"a citation has at most {_LONGEST} characters") if len(cite) > _LONGEST else None


def _error(message: str) -> PydanticCustomError:
    return PydanticCustomError("citation", "{message}", {"message": message})


Cite = Annotated[
    str,
    BeforeValidator(_joined),
    WithJsonSchema(_SCHEMA),
    Field(description="Rule id and place in the source: `LG-33 Art.33`; or a list of them."),
]
"""The rules that an element carries out, each with its id and place: `LG-33 Art.33`, or a list of them."""
