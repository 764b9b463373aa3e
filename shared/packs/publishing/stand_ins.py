"""Values that stand in for malformed ones, so that what is around them can be read.

A value is found by trying: a few texts, numbers and maps that packs have, the words of a literal, a model with its
required attributes. There are two for each type where it has two, so that what is said of a part because of a
stand-in can be told from what is said of it anyway.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.packs.intake.model.links import INTERNAL
from shared.packs.language.types import Path

_LEAST: Final = (
    True, 1, "true", "X-1 s.1", "thing.happened", "2026-01-01", "08:00", "CN", "CNY", "UTC", "a@example.com",
    "X-{seq:5}", "0.5", "image/png", "X1", {"zh": "-", "en": "-"}, {"amount": 1, "unit": "day"}, None,
)  # fmt: skip
_FILLED: Final = (
    None, False, 2, "false", "X-2 s.2", "thing.followed", "2026-12-31", "24:00", "DE", "EUR", "Asia/Shanghai",
    "b@example.com", "Y-{seq:4}", "0.9", "image/jpeg", "Y2", {"zh": "=", "en": "="}, {"amount": 2, "unit": "week"},
)  # fmt: skip
_BY_NAME: Final[Mapping[str, tuple[object, object]]] = {"cite": ("X-1 s.1", "X-2 s.2"), "value": ("null", "true")}
"""Attributes of models that are made inside a validator and cannot be looked up."""
_FILLED_AT: Final[Mapping[str, object]] = {"channels": [INTERNAL]}
"""Words that other parts of a pack ask for; a list of these attributes may have named them."""
_DEEPEST: Final = 12


@dataclass(frozen=True, slots=True)
class _Spot:
    """What may stand at a place of a document, and whether it may be left out."""

    annotation: Any
    may_go: bool


def may_go(model: type[BaseModel], path: Path) -> bool:
    """Whether what stands at `path` of a document of `model` may be absent."""
    spot = _spot_at(model, _of_every_item(path))
    return spot is not None and spot.may_go


def stand_in_at(model: type[BaseModel], path: Path, *, fills: bool) -> object:
    """A value for `path`; with `fills` another one where there is one. Raises LookupError when none is found."""
    special = _FILLED_AT.get(str(path[-1])) if fills else None
    return special if special is not None else _stand_in_at(model, _of_every_item(path), fills=fills)


def nearest_key(model: type[BaseModel], path: Path) -> str | None:
    """The known key most like the last part of `path`."""
    spot = _spot_at(model, _of_every_item(path[:-1]))
    known = [name for each in _choices(spot.annotation) for name in _keys(each)] if spot is not None else []
    return next(iter(get_close_matches(str(path[-1]), known, n=1)), None)


def _of_every_item(path: Path) -> Path:
    """Types are the same for every item of a list."""
    return tuple(0 if isinstance(part, int) else part for part in path)


@lru_cache(maxsize=4096)
def _spot_at(model: type[BaseModel], path: Path) -> _Spot | None:
    spot = _Spot(model, may_go=False)
    for part in path:
        below = next(_below(spot.annotation, part), None)
        if below is None:
            return None
        spot = below
    return spot


@lru_cache(maxsize=4096)
def _stand_in_at(model: type[BaseModel], path: Path, *, fills: bool) -> object:
    spot = _spot_at(model, path)
    if spot is None:
        return _BY_NAME[str(path[-1])][fills]
    return stand_in(spot.annotation, fills=fills, may_be_null=not (fills and spot.may_go))


def stand_in(annotation: Any, *, fills: bool, depth: int = 0, may_be_null: bool = True) -> object:
    """A value of a type; with `fills` another one where there is one. Raises LookupError when none is found.

    What may be left out is no null where it is filled: it would be as if it were left out.
    """
    fits = _fits(annotation)
    for value in _candidates(annotation, fills=fills, depth=depth):
        if (value is not None or may_be_null) and fits(value):
            return value
    raise LookupError(annotation)


def _candidates(annotation: Any, *, fills: bool, depth: int) -> Iterator[object]:
    choices = list(_choices(annotation))
    literals = [word for each in choices if get_origin(each) is Literal for word in get_args(each)]
    yield from reversed(literals) if fills else literals
    yield from _FILLED if fills else _LEAST
    if depth < _DEEPEST:
        for each in choices:
            yield from _built(each, fills=fills, depth=depth + 1)


def _built(annotation: Any, *, fills: bool, depth: int) -> Iterator[object]:
    """A list of one, a map of none or one, a model with what it requires."""
    try:
        if get_origin(annotation) in (tuple, list):
            yield [stand_in(get_args(annotation)[0], fills=fills, depth=depth)]
        elif get_origin(annotation) is dict:
            yield {}
            key, value = (stand_in(each, fills=fills, depth=depth) for each in get_args(annotation))
            yield {str(key): value}
        elif _is_model(annotation):
            fields = annotation.model_fields.items()
            yield {
                field.alias or name: stand_in(field.rebuild_annotation(), fills=fills, depth=depth)
                for name, field in fields
                if field.is_required()
            }
    except LookupError:
        return


def _fits(annotation: Any) -> Callable[[object], bool]:
    adapter: TypeAdapter[object] = TypeAdapter(annotation)

    def fits(value: object) -> bool:
        try:
            adapter.validate_json(orjson.dumps(value), strict=True)
        except ValidationError:
            return False
        return True

    return fits


def _choices(annotation: Any) -> Iterator[Any]:
    """The types that an annotation allows, without what is annotated."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _choices(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for each in get_args(annotation):
            yield from _choices(each)
    elif annotation is not NoneType:
        yield annotation


def _keys(annotation: Any) -> Iterator[str]:
    if _is_model(annotation):
        yield from (field.alias or name for name, field in annotation.model_fields.items())
    elif isinstance(annotation, type) and dataclasses.is_dataclass(annotation):
        yield from (field.name for field in dataclasses.fields(annotation))


def _below(annotation: Any, part: str | int) -> Iterator[_Spot]:
    for each in _choices(annotation):
        if _is_model(each):
            for model in (each, *each.__subclasses__()):  # what is built from it, as the steps of scenarios
                for name, field in model.model_fields.items():
                    if (field.alias or name) == part:
                        yield _Spot(field.rebuild_annotation(), may_go=not field.is_required())
        elif isinstance(each, type) and dataclasses.is_dataclass(each):
            hints = get_type_hints(each, include_extras=True)
            yield from (_Spot(hint, may_go=False) for name, hint in hints.items() if name == part)
        elif get_origin(each) is dict and isinstance(part, str):
            yield _Spot(get_args(each)[1], may_go=True)
        elif get_origin(each) in (tuple, list) and isinstance(part, int):
            yield _Spot(get_args(each)[0], may_go=True)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
