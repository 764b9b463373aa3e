"""The models that a section of a pack is made of, in the order in which a reader meets them."""

from collections.abc import Iterator
from typing import get_args

from pydantic import BaseModel


def models_of(model: type[BaseModel]) -> list[type[BaseModel]]:
    """`model` and every model inside it, each once; a part follows the first thing that has it."""
    found: dict[type[BaseModel], None] = {}
    _collect(model, found)
    return list(found)


def parts_of(annotation: object) -> Iterator[type[BaseModel]]:
    """The models that an annotation speaks of, through unions, tuples and maps."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from parts_of(argument)


def _collect(model: type[BaseModel], found: dict[type[BaseModel], None]) -> None:
    if model in found:
        return
    found[model] = None
    for field in model.model_fields.values():
        for part in parts_of(field.annotation):
            _collect(part, found)
