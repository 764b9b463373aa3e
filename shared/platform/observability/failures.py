"""Exceptions for the log: place and type, without the texts that quote data.

A database error repeats the statement's parameters, a validation error its input, a KeyError its
key; personal data must not be logged.
"""

import traceback
from collections.abc import Iterator
from typing import Final

from shared.kernel.errors import ServiceError

# The texts of these describe the program and its environment, not the data.
_SPEAKS_OF_NO_DATA: Final = (OSError, RuntimeError, TypeError, AttributeError, AssertionError, ImportError)
_LONGEST_CHAIN: Final = 5
_MOST_FRAMES: Final = 15


def describe(error: BaseException) -> str:
    """The chain of causes, innermost last: type, what may be said, and the frames."""
    return "\n".join(line for link in _chain(error) for line in _link(link))


def _chain(error: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = error
    for _ in range(_LONGEST_CHAIN):
        if link is None:
            return
        yield link
        if isinstance(link, BaseExceptionGroup):
            link = link.exceptions[0]
        else:
            link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _link(error: BaseException) -> Iterator[str]:
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    said = _sayable(error)
    yield f"{kind}: {said}" if said else kind
    for frame in traceback.extract_tb(error.__traceback__)[-_MOST_FRAMES:]:
        yield f"  {frame.filename}:{frame.lineno} {frame.name}"


def _sayable(error: BaseException) -> str:
    if isinstance(error, ServiceError):
        return error.code
    if isinstance(error, _SPEAKS_OF_NO_DATA):
        return str(error)
    facts = (getattr(error, name, None) for name in ("sqlstate", "constraint_name"))
    return " ".join(fact for fact in facts if isinstance(fact, str))
