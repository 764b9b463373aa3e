"""The refusals that a route can answer, found in its code: the classes of errors that its functions name.

From the endpoint and its dependencies every function, method and table of functions of ours that is named is followed;
of objects of ours, in a module, in the application's state or given as a parameter, the methods that are named. What is
found is what may be raised, and a little more: a class that is only caught is named too.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dis import Instruction, get_instructions
from functools import cache
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any, Final, Protocol, get_args

from shared.kernel.errors import ServiceError

_OURS: Final = ("services.", "shared.")
_STATE: Final = "state"
_METHODS: Final = (FunctionType, staticmethod, classmethod, property)


class Refusals:
    """What the code of one application names; each function is read once, however many routes reach it."""

    def __init__(self, state: object = None) -> None:
        """`state` is that of the application."""
        self._state = state
        self._read: dict[int, tuple[object, Sequence[object]]] = {}

    def reached_from(self, entrances: Iterable[object]) -> set[type[ServiceError]]:
        """The classes of errors that are reached from `entrances`."""
        found: set[type[ServiceError]] = set()
        seen: set[int] = set()
        open_: list[object] = list(entrances)
        while open_:
            thing = open_.pop()
            if id(thing) in seen:
                continue
            seen.add(id(thing))
            if isinstance(thing, type) and issubclass(thing, ServiceError):
                found.add(thing)
            else:
                open_ += self._named_by(thing)
        return found

    def _named_by(self, thing: object) -> Sequence[object]:
        """Kept with `thing` itself: an id is that of one object only while the object is there."""
        if id(thing) not in self._read:
            self._read[id(thing)] = thing, tuple(_named_by(thing, self._state))
        return self._read[id(thing)][1]


def _named_by(thing: Any, state: object) -> Iterator[object]:
    match thing:
        case type():
            if thing.__module__.startswith(_OURS):
                yield from (value for value in vars(thing).values() if isinstance(value, _METHODS))
        case staticmethod() | classmethod() | MethodType():
            yield thing.__func__
        case property():
            yield thing.fget
        case FunctionType():
            yield from _named_by_function(inspect.unwrap(thing), state)
        case Mapping():
            yield from thing.values()
        case tuple() | list() | set() | frozenset():
            yield from thing
        case Callable() if type(thing).__module__.startswith(_OURS):
            yield type(thing)


def _named_by_function(function: Any, state: object) -> Iterator[object]:
    if not function.__module__.startswith(_OURS):
        return
    yield from (cell.cell_contents for cell in function.__closure__ or () if _is_filled(cell))
    loaded, attributes = _names(function.__code__)
    named = [function.__globals__.get(name) for name in loaded]
    own = function.__globals__.get(function.__qualname__.rpartition(".")[0])
    if _STATE in attributes:
        named += [getattr(state, name, None) for name in attributes]
    yield from (value for value in named if not isinstance(value, ModuleType))
    owners = [owner for value in named if (owner := _owner_of(value)) is not None]
    for owner in (own, *owners, *_classes_of_parameters(function)):
        yield from (getattr(owner, name) for name in attributes if hasattr(owner, name))


def _classes_of_parameters(function: Any) -> Iterator[type]:
    """The classes of ours that the parameters' annotations name; of a protocol also those that are derived from it."""
    open_ = [annotation for name, annotation in function.__annotations__.items() if name != "return"]
    while open_:
        annotation = open_.pop()
        open_ += get_args(annotation)
        if isinstance(annotation, type) and annotation.__module__.startswith(_OURS):
            yield annotation
            open_ += annotation.__subclasses__() if Protocol in annotation.__bases__ else ()


def _owner_of(value: object) -> object:
    """What has the methods that are called on `value`: the module itself, or the class of an object of ours."""
    if isinstance(value, ModuleType):
        return value if value.__name__.startswith(_OURS) else None
    return type(value) if type(value).__module__.startswith(_OURS) else None


@cache
def _names(code: CodeType) -> tuple[frozenset[str], frozenset[str]]:
    """The globals and the attributes that `code` loads; most functions are reached from many routes."""
    loaded, attributes = set[str](), set[str]()
    for instruction in _instructions(code):
        if instruction.opname == "LOAD_GLOBAL":
            loaded.add(instruction.argval)
        elif instruction.opname in {"LOAD_ATTR", "LOAD_METHOD"}:
            attributes.add(instruction.argval)
    return frozenset(loaded), frozenset(attributes)


def _instructions(code: CodeType) -> Iterator[Instruction]:
    yield from get_instructions(code)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _instructions(constant)


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False
