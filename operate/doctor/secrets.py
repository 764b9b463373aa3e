"""Under which keys the secrets in a service's database are sealed: whether an older key can be taken away."""

from collections.abc import AsyncIterator, Mapping
from typing import Final

import asyncpg
from pydantic import SecretStr

from operate.doctor.finding import Finding, fail, ok, warn
from operate.doctor.installation import Part
from shared.platform.sealing import HEAD_BYTES, Sealer, sealer_of

_SEALED: Final[Mapping[str, str]] = {
    "settlement": "SELECT substring(secret FROM 1 FOR $1) AS head, count(*) FROM settlement.erp_address GROUP BY head",
    "notify": "SELECT substring(secret FROM 1 FOR $1) AS head, count(*) FROM notify.endpoint WHERE is_sealed "
    "GROUP BY head",
}
"""Of a service that keeps secrets: how many begin with each head."""


async def check_secrets(connection: asyncpg.Connection, part: Part) -> AsyncIterator[Finding]:
    """One finding for a service that keeps secrets, none for another."""
    keys: SecretStr | None = getattr(part.settings, "sealing_keys", None)
    if keys is None:
        return
    try:
        found = dict(await connection.fetch(_SEALED[part.service], HEAD_BYTES))
    except asyncpg.UndefinedTableError:  # what is missing is told by the check of migrations
        return
    yield judged_secrets(part.service, found, sealer_of(keys))


def judged_secrets(service: str, counts: Mapping[bytes, int], sealer: Sealer) -> Finding:
    """Whether the settings' keys open all secrets, and whether the first one alone would."""
    older = sum(counts.get(head, 0) for head in sealer.older_heads)
    first = counts.get(sealer.head, 0)
    if lost := sum(counts.values()) - first - older:
        return fail(
            "secrets.sealed",
            service,
            f"{lost} secrets are sealed under a key that REDRESS_SEALING_KEYS does not have",
            advice="Put that key back behind the first; without it the owners of the secrets have to set them again.",
        )
    if older:
        return warn(
            "secrets.sealed",
            service,
            f"{older} secrets are sealed under an older key, {first} under the first",
            advice=f"A worker of {service} seals them again soon after its start; keep the older key until then.",
        )
    return ok("secrets.sealed", service, f"{first} secrets are sealed under the first key")
