"""The services' own refusals, as the error classes say: what `refused` may name beside the pack's codes."""

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


def refusals() -> str:
    """A table of codes."""
    lines = ["| code | status | service | when |", "| --- | --- | --- | --- |"]
    for service in SERVICES:
        for error in sorted(_of(service), key=lambda error: error.code):
            if error.code == NotFound.code or status_of(error) == HTTPStatus.INTERNAL_SERVER_ERROR:
                continue
            meaning = " ".join((error.__doc__ or "").split()).replace("|", "\\|")
            lines.append(f"| `{error.code}` | {_status(error)} | {service} | {meaning} |")
    return "\n".join(lines)


def _status(error: type[ServiceError]) -> str:
    """What the class says of itself (an edge may choose a finer one), else that of its category."""
    stated = _STATED.search(error.__doc__ or "")
    return stated[0] if stated else str(status_of(error))


def _of(service: str) -> Iterator[type[ServiceError]]:
    package = import_module(f"services.{service}")
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if "migrations" in found.name or found.name.endswith("__main__"):
            continue
        module = import_module(found.name)
        for thing in vars(module).values():
            if isinstance(thing, type) and issubclass(thing, ServiceError) and thing.__module__ == module.__name__:
                yield thing
