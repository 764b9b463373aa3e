"""Every expression inside a part of a pack, with its path."""

from collections.abc import Iterable, Iterator, Mapping

from pydantic import BaseModel

from shared.packs.language.expression import Expression
from shared.packs.language.types import Path


def expressions(thing: object, path: Path = ()) -> Iterator[tuple[Path, Expression]]:
    """Every expression anywhere in a section, a part of one or a list of parts, with its path."""
    match thing:
        case Expression():
            yield path, thing
        case BaseModel():
            for name, field in type(thing).model_fields.items():
                yield from expressions(getattr(thing, name), (*path, field.alias or name))
        case tuple() | list():
            for index, item in enumerate(thing):
                yield from expressions(item, (*path, index))
        case Mapping():
            for name, item in thing.items():
                yield from expressions(item, (*path, str(name)))
        case _:
            return


def names_read(root: str, things: Iterable[object]) -> frozenset[str] | None:
    """The names behind `root` that expressions inside `things` read; None when one reads the root as a whole."""
    variables = {each for thing in things for _, found in expressions(thing) for each in found.variables}
    if (root,) in variables:
        return None
    return frozenset(each[1] for each in variables if len(each) > 1 and each[0] == root)
