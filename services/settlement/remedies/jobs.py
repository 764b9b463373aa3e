"""The job that ends quotes whose time is over, one batch a round."""

from typing import Final

from services.settlement.remedies.store import remedies
from services.settlement.remedies.use_cases.expire_quote import ExpireQuote, expire_quote
from shared.platform.db.engine import Database
from shared.platform.db.transaction import reading, transaction
from shared.platform.organisation_clock import organisation_now
from shared.platform.worker import Job

_BATCH: Final = 16


async def _expire_quotes(db: Database) -> int:
    async with reading(db) as tx:
        candidates = await remedies.overdue_quotes(tx, limit=_BATCH)
    done = 0
    for org, remedy_id in candidates:
        async with transaction(db) as tx:
            cmd = ExpireQuote(org=org, remedy_id=remedy_id)
            done += await expire_quote(tx, cmd, now=await organisation_now(tx, org))
    return done


EXPIRE_QUOTES: Final = Job(name="expire_quotes", run=_expire_quotes, asks=remedies.ANY_OVERDUE)
