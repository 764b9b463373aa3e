"""The refusals that are no pack's own, as the error classes say: what `refused` may name beside the pack's codes."""

import pkgutil
import re
from collections.abc import Iterator
from http import HTTPStatus
from importlib import import_module
from typing import Final

from shared.contracts.catalogue import SERVICES as SERVICES
from shared.kernel.errors import NotFound, ServiceError
from shared.platform.http.problems import status_of

_STATED: Final = re.compile(r"\b4\d\d\b")
_SHARED: Final = ("shared.kernel", "shared.platform", "shared.packs")
_NEVER_ANSWERED: Final = ("shared.platform.kafka", "shared.platform.inbox.rules", "shared.platform.outbox.append")
"""Errors of consumers and producers of events; no request is answered with them."""


def refusals() -> str:
    """A table of codes: those of each service, then those that every service may answer."""
    lines = ["| code | status | service | title | 中文 | when |", "| --- | --- | --- | --- | --- | --- |"]
    for service in SERVICES:
        own = [error for error in _of(f"services.{service}") if error.code != NotFound.code]
        lines += [_row(error, service) for error in sorted(own, key=lambda error: error.code) if _is_refusal(error)]
    every = {error.code: error for package in _SHARED for error in _of(package)}
    lines += [_row(error, "every") for _, error in sorted(every.items()) if _is_refusal(error)]
    return "\n".join(lines)


def _row(error: type[ServiceError], service: str) -> str:
    meaning = " ".join((error.__doc__ or "").split())
    cells = (f"`{error.code}`", _status(error), service, error.title.en, error.title.zh, meaning)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _is_refusal(error: type[ServiceError]) -> bool:
    return status_of(error) != HTTPStatus.INTERNAL_SERVER_ERROR


def _status(error: type[ServiceError]) -> str:
    """What the class says of itself (an edge may choose a finer one), else that of its category."""
    stated = _STATED.search(error.__doc__ or "")
    return stated[0] if stated else str(status_of(error))


def _of(name: str) -> Iterator[type[ServiceError]]:
    """The error classes that the modules of a package define."""
    package = import_module(name)
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if "migrations" in found.name or found.name.endswith("__main__") or found.name.startswith(_NEVER_ANSWERED):
            continue
        module = import_module(found.name)
        for thing in vars(module).values():
            if isinstance(thing, type) and issubclass(thing, ServiceError) and thing.__module__ == module.__name__:
                yield thing
