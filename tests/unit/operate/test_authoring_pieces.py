"""The examples of AUTHORING.md are real: each parses as what it is an example of, and together they show everything."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

import pytest
from pydantic import BaseModel

from operate.authoring.examples import FOLDER, all_models, file_of, parsed
from shared.kernel.text import Text

PARSED = list(parsed())


def within(thing: object) -> Iterator[BaseModel | Text]:
    """`thing` and everything inside it."""
    match thing:
        case Text():
            yield thing
        case BaseModel():
            yield thing
            for name in type(thing).model_fields:
                yield from within(getattr(thing, name))
        case tuple():
            for item in thing:
                yield from within(item)
        case Mapping():
            for item in thing.values():
                yield from within(item)


def fields_of(model: type) -> set[str]:
    """The names of a model's fields, or of the two languages of a text."""
    return set(model.model_fields) if issubclass(model, BaseModel) else {"zh", "en"}


SHOWN: dict[type, set[str]] = defaultdict(set)
for _, piece in PARSED:
    for part in within(piece):
        SHOWN[type(part)] |= part.model_fields_set if isinstance(part, BaseModel) else fields_of(type(part))


def related(one: type, other: type) -> bool:
    """A field is understood when it is shown on what inherits it, or on what it is inherited from."""
    return issubclass(one, other) or issubclass(other, one)


@pytest.mark.parametrize(
    "model", dict.fromkeys(model for _, model in all_models()), ids=lambda model: model.__qualname__
)
def test_every_field_is_shown_in_an_example(model: type) -> None:
    shown = set().union(*(names for known, names in SHOWN.items() if related(known, model)))

    assert fields_of(model) - shown == set(), "add it to a file under operate/authoring/pieces"


def test_every_piece_is_an_example_of_something() -> None:
    known = {file_of(model, key) for key, model in all_models()}

    assert set(FOLDER.rglob("*.yaml")) - known == set()
    assert len(PARSED) == len(list(FOLDER.rglob("*.yaml")))
