"""The codes with which a service refuses, by HTTP status, from the classes of its errors."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from shared.kernel.errors import ServiceError
from shared.platform.http.problems import status_of

Json = dict[str, Any]
_EDGE: Final = (
    "shared.kernel.",
    "shared.platform.auth.",
    "shared.platform.changes.",
    "shared.platform.db.",
    "shared.platform.exports.",
    "shared.platform.http.",
)
"""Loaded by each service's edge, so that the list is the same in every process."""
PACK_CODE: Final = "^[a-z][a-z0-9_]*$"
CODE: Final = "ProblemCode"


def codes_of(service: str) -> Mapping[int, list[str]]:
    """Status → codes in the order of the alphabet."""
    ours = (*_EDGE, f"services.{service}.")
    return codes_by_status(error for error in _subclasses(ServiceError) if f"{error.__module__}.".startswith(ours))


def codes_by_status(errors: Iterable[type[ServiceError]]) -> Mapping[int, list[str]]:
    """Status → the codes of `errors` in the order of the alphabet."""
    found: dict[int, set[str]] = {}
    for error in errors:
        found.setdefault(status_of(error), set()).update({error.code, *error.titles})
    return {status: sorted(codes) for status, codes in sorted(found.items())}


def _subclasses(cls: type[ServiceError]) -> Iterator[type[ServiceError]]:
    yield cls
    for each in cls.__subclasses__():
        yield from _subclasses(each)


def code_schemas(codes: Iterable[Mapping[int, list[str]]]) -> tuple[Json, Json]:
    """The schema of the service's own codes, and that of `Problem.code`: one of them, or a code of a pack."""
    every = sorted({code for by_status in codes for listed in by_status.values() for code in listed})
    own = {
        "title": CODE,
        "type": "string",
        "enum": every,
        "description": "The service's own codes. They are stable: programs act on them.",
    }
    wanted = {
        "anyOf": [{"$ref": f"#/components/schemas/{CODE}"}, {"type": "string", "pattern": PACK_CODE}],
        "description": "Programs act on this: a code of the service, or the code that the pack gives to what refuses.",
        "examples": ["case_unknown" if "case_unknown" in every else "not_found"],
    }
    return own, wanted


def listed(codes: list[str]) -> str:
    """`codes` as the end of a description."""
    return f" Codes: {', '.join(f'`{code}`' for code in codes)}." if codes else ""
