"""An instant as an option of a command."""

from datetime import datetime

from operate.errors import OperatorError


def instant_of(text: str) -> datetime | None:
    """The instant that `text` names (ISO 8601 with a zone); None for an empty one. Raises OperatorError."""
    if not text:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise OperatorError(f"{text} is no instant.", hint="2026-03-01T00:00:00Z") from error
    if instant.tzinfo is None:
        raise OperatorError(f"{text} has no zone.", hint="2026-03-01T00:00:00Z")
    return instant
