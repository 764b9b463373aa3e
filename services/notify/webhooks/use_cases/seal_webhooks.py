"""Signing keys that are not sealed, or under an older key, are sealed with the first; receivers notice nothing."""

from dataclasses import replace
from typing import Final

from services.notify.webhooks.store import lock_to_seal, save_keys
from shared.platform.db.transaction import Transaction
from shared.platform.outbound.sealed_keys import SealedKeys
from shared.platform.sealing import Sealer

BATCH: Final = 50


async def seal_webhooks(tx: Transaction, *, sealer: Sealer) -> int:
    """Seal the keys of a batch of endpoints; how many."""
    found = await lock_to_seal(tx, older_heads=sealer.older_heads, limit=BATCH)
    for endpoint in found:
        keys = SealedKeys.of(endpoint.keys.opened(sealer), sealer=sealer, about=endpoint.keys.about)
        await save_keys(tx, replace(endpoint, keys=keys))
    return len(found)
