"""The services' own refusals, as the error classes say: what `refused` may name beside the pack's codes."""

from collections.abc import Iterator
from importlib import import_module

from shared.errors import NotFound, ServiceError
from shared.http.problems import status_of

SERVICES = ("intake", "sla", "settlement", "notify")


def refusals() -> str:
    """A table of codes."""
    lines = ["| code | status | service | when |", "| --- | --- | --- | --- |"]
    for service in SERVICES:
        for error in sorted(_of(service), key=lambda error: error.code):
            if error.code == NotFound.code:
                continue
            meaning = " ".join((error.__doc__ or "").split()).replace("|", "\\|")
            lines.append(f"| `{error.code}` | {status_of(error.__new__(error))} | {service} | {meaning} |")
    return "\n".join(lines)


def _of(service: str) -> Iterator[type[ServiceError]]:
    module = import_module(f"services.{service}.domain.errors")
    for thing in vars(module).values():
        if isinstance(thing, type) and issubclass(thing, ServiceError) and thing.__module__ == module.__name__:
            yield thing
