"""What the variables of expressions are made of: the names below a name, the items of a list, the words it can be."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from shared.packs.language.expression_tokens import ELEMENT, Variable


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What is known of a value; of one whose `parts` are None nothing, whatever is read of it."""

    parts: Mapping[str, "Shape"] | None = None
    """What may stand behind it after a dot; empty for a value without parts."""
    item: "Shape | None" = None
    """Of a list, what its items are."""
    words: frozenset[str] | None = None
    """The texts that it can be; empty for numbers and truth values, None where they are not known."""
    unit: str | None = None
    """Of a number, as the pack declares it."""


ANYTHING: Final = Shape()
PLAIN: Final = Shape(parts={})
"""A value without parts, of which the words are not known."""
NEVER_TEXT: Final = Shape(parts={}, words=frozenset())
"""A number or a truth value."""


def one_of(words: frozenset[str] | None) -> Shape:
    """A text that is one of `words`; any when they are not known."""
    return Shape(parts={}, words=words)


def group(parts: Mapping[str, Shape]) -> Shape:
    """Something with these parts and no others."""
    return Shape(parts=parts)


def listing(item: Shape) -> Shape:
    """A list of such items."""
    return Shape(parts={}, item=item)


def either(shapes: Sequence[Shape]) -> Shape:
    """What is known of a value that is one of several."""
    first = shapes[0]
    if all(shape == first for shape in shapes[1:]):
        return first
    if any(shape.parts is None or shape.parts or shape.item for shape in shapes):
        return ANYTHING
    words = [shape.words for shape in shapes if shape.words is not None]
    return one_of(frozenset[str]().union(*words) if len(words) == len(shapes) else None)


def contract_shape(annotation: Any) -> Shape:
    """What a field of a published event holds."""
    origin = get_origin(annotation)
    if origin in (Annotated, Union, UnionType):
        return contract_shape(get_args(annotation)[0])
    if origin is Literal:
        return one_of(frozenset(map(str, get_args(annotation))))
    if origin is list:
        return listing(contract_shape(get_args(annotation)[0]))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return group({name: contract_shape(field.annotation) for name, field in annotation.model_fields.items()})
    return NEVER_TEXT if annotation in (bool, int) else PLAIN if annotation in (str, datetime) else ANYTHING


def at(roots: Mapping[str, Shape], variable: Variable) -> Shape:
    """What is known of a variable; nothing where a part of it does not exist."""
    shape = Shape(parts=roots)
    for part in variable:
        below = _below(shape, part)
        if below is None:
            return ANYTHING
        shape = below
    return shape


def unknown_part(roots: Mapping[str, Shape], variable: Variable) -> str | None:
    """`no documents.slip.stat; state?` where a part of a variable does not exist."""
    shape = Shape(parts=roots)
    for position, part in enumerate(variable):
        below = _below(shape, part)
        if below is None:
            shown = ".".join(variable[: position + 1])
            return f"{shown.rpartition('.')[0]} is a list; ask its items" if shape.item else _no(shown, part, shape)
        shape = below
    return None


def words_of(shape: Shape) -> frozenset[str] | None:
    """The texts that a value can be, or that a list can hold."""
    return shape.item.words if shape.item is not None else shape.words


def _below(shape: Shape, part: str) -> Shape | None:
    if shape.parts is None:
        return ANYTHING
    if part == ELEMENT:
        return shape.item or ANYTHING
    return shape.parts.get(part)


def _no(shown: str, part: str, shape: Shape) -> str:
    near: Iterator[str] = iter(get_close_matches(part, sorted(shape.parts or ()), n=1, cutoff=0.75))
    guess = next(near, None)
    return f"no {shown}; {guess}?" if guess else f"no {shown}"
