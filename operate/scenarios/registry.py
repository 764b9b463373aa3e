"""Every verb and every expectation: one file each in `verbs` and `expectations`, found by looking there."""

import inspect
from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Final

from operate.scenarios import expectations, verbs
from operate.scenarios.expectation import Expectation
from operate.scenarios.verb import Verb


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    return (import_module(f"{package.__name__}.{found.name}") for found in iter_modules(package.__path__))


def verbs_in(package: ModuleType) -> dict[str, type[Verb]]:
    """The verbs of a package by name: each class with NAME that a module of it defines."""
    found = [
        value
        for module in _modules(package)
        for _, value in inspect.getmembers(module, inspect.isclass)
        if issubclass(value, Verb) and value.__module__ == module.__name__ and "NAME" in vars(value)
    ]
    return {verb.NAME: verb for verb in found}


def expectations_in(package: ModuleType) -> dict[str, Expectation]:
    """The expectations of a package by name: EXPECTATION of each module."""
    return {expectation.name: expectation for expectation in (module.EXPECTATION for module in _modules(package))}


VERBS: Final[Mapping[str, type[Verb]]] = verbs_in(verbs)
EXPECTATIONS: Final[Mapping[str, Expectation]] = expectations_in(expectations)
