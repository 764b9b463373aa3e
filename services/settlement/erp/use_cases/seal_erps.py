"""Secrets of ERPs that an older key has sealed are sealed with the first, without a change for the ERP."""

from typing import Final

from services.settlement.erp import store
from shared.platform.db.transaction import Transaction
from shared.platform.sealing import Sealer

BATCH: Final = 50


async def seal_erps(tx: Transaction, *, sealer: Sealer) -> int:
    """Seal the secrets of a batch of ERPs again; how many."""
    found = await store.lock_to_seal(tx, sealer=sealer, limit=BATCH)
    for address in found:
        await store.save(tx, address, sealer=sealer)
    return len(found)
