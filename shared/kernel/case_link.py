"""A link to one case, and its address."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared.kernel.ids import OrgId

FRAGMENT: Final = "#link="


def address(page: str, secret: str) -> str:
    """The address that opens `page` with a link; what follows `#` is sent to no server (RFC 3986 §3.5)."""
    return f"{page}{FRAGMENT}{secret}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLink:
    """A link to one case. `may` is what its bearer may do beside reading, `once` what of it a single time."""

    org: OrgId
    link_id: str
    case_id: str
    holder: str
    may: tuple[str, ...]
    once: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None

    def is_live(self, at: datetime) -> bool:
        """Whether it holds at `at`."""
        return self.revoked_at is None and at < self.expires_at
