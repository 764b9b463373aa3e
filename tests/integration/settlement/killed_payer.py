"""The job that pays in processes that are killed: `python -m … <dsn> <sealing key> <seconds the ERP is awaited>`."""

import sys
from collections.abc import Awaitable, Callable
from typing import Final

from pydantic import SecretStr

from services.settlement.migrations.schema import KERNEL
from services.settlement.payouts.client import Erp
from services.settlement.payouts.jobs import pay_job
from shared.platform.db.engine import connect
from shared.platform.db.transaction import reading
from shared.platform.sealing import sealer_of
from tests.support.killed import APPLICATION, Death, obey

STEPS: Final = {
    "pay_job.<locals>.pay": "lease",
    "_pay_one": "record",
    "_address": "address",
    "_call": "call",
    "BaseEventLoop.create_connection": "call",
}


def paying(dsn: str, key: str, *, seconds: float) -> Callable[[Death, int], Awaitable[None]]:
    """One round over database connections that stand before the first await that counts."""

    async def pay(death: Death, number: int) -> None:
        db = connect(dsn, kernel=KERNEL, pool_size=2, application_name=APPLICATION)
        async with reading(db) as tx:
            await tx.rows("SELECT 1", ())
        erp = Erp(timeout_seconds=seconds, allow_loopback=True)
        job = pay_job(erp, sealer_of(SecretStr(key)), erp_timeout_seconds=seconds)
        death.comes_at(number)
        await job.run(db)

    return pay


if __name__ == "__main__":
    obey(paying(sys.argv[1], sys.argv[2], seconds=float(sys.argv[3])), steps=STEPS)
