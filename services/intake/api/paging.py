"""Page tokens of lists that are ordered by an instant and an id."""

from datetime import datetime

from services.intake.domain.values import instant_text
from shared.kernel.ids import is_id
from shared.kernel.instants import parse_instant
from shared.platform.http.paging import PageTokenInvalid


def instant_key(at: datetime, entry_id: str) -> tuple[str, str]:
    """The sort key of a line, exact to the microsecond."""
    return instant_text(at), entry_id


def after_instant(key: tuple[str, ...] | None) -> tuple[datetime, str] | None:
    """The key that a token holds. Raises PageTokenInvalid."""
    if key is None:
        return None
    try:
        at, entry_id = key
        instant = parse_instant(at)
    except ValueError:
        raise PageTokenInvalid from None
    if not is_id(entry_id):
        raise PageTokenInvalid
    return instant, entry_id
