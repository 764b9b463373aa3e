"""The key that was probably meant where a file has one that is not known."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import get_args

from pydantic import BaseModel

Path = Sequence[str | int]


def nearest_key(model: type[BaseModel], path: Path) -> str | None:
    """The known key most like the last part of `path`, in the models that stand there."""
    models = [model]
    for part in path[:-1]:
        below = [found for each in models for found in _below(each, part)]
        models = below or models
    known = [field.alias or name for each in models for name, field in each.model_fields.items()]
    return next(iter(get_close_matches(str(path[-1]), known, n=1)), None)


def _below(model: type[BaseModel], part: str | int) -> Iterator[type[BaseModel]]:
    """The models of a field; none for an index, or for a name that the file chose itself."""
    for name, field in model.model_fields.items():
        if part == (field.alias or name):
            yield from _models(field.annotation)


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    """The models of an annotation, and those that are built from them with the keys of the registry."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for built in annotation.__subclasses__():
            yield from _models(built)
    for argument in get_args(annotation):
        yield from _models(argument)
