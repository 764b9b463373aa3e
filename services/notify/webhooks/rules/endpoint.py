"""A webhook endpoint of an organisation."""

from dataclasses import dataclass
from datetime import datetime

from shared.kernel.ids import OrgId
from shared.platform.outbound.signature import SigningKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One address of an organisation's system that is told of case events."""

    org: OrgId
    endpoint_id: str
    url: str
    events: tuple[str, ...]
    state: str
    reason: str | None
    keys: SigningKeys
    created_by: str
    created_at: datetime
