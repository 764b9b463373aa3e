"""A webhook endpoint of an organisation."""

from dataclasses import dataclass
from datetime import datetime

from shared.kernel.ids import OrgId
from shared.platform.outbound.sealed_keys import SealedKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One address of an organisation's system that is told of case events."""

    org: OrgId
    endpoint_id: str
    url: str
    events: tuple[str, ...]
    state: str
    reason: str | None
    keys: SealedKeys
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSecret:
    """An endpoint with the secret that was just made for it, which is shown once."""

    endpoint: Endpoint
    secret: bytes


def about_keys(org: OrgId, endpoint_id: str) -> str:
    """What the keys of an endpoint are bound to when they are sealed."""
    return f"{org}:webhook:{endpoint_id}"
