"""The job that ends quotes whose time is over, one batch a round, and the sample that counts remedies."""

from typing import Final

from services.settlement.remedies import metrics
from services.settlement.remedies.store import counted, remedies
from services.settlement.remedies.use_cases.expire_quote import ExpireQuote, expire_quote
from shared.platform.db.engine import Database
from shared.platform.db.transaction import Transaction, reading, transaction
from shared.platform.observability.declaring import largest, show
from shared.platform.organisation_clock import organisation_now
from shared.platform.sampling import Sample
from shared.platform.worker import Job

MOST_SERIES: Final = 250
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


async def _measure(tx: Transaction) -> None:
    remedies_by: dict[tuple[str, ...], float] = {}
    amounts: dict[tuple[str, ...], float] = {}
    for each in await counted.by_type_and_state(tx):
        key = (each.case_type, each.state)
        remedies_by[key] = remedies_by.get(key, 0) + each.remedies
        amounts[each.case_type, each.state, each.currency] = each.amount
    chosen = largest(remedies_by, most=MOST_SERIES)
    show(metrics.REMEDIES, chosen)
    show(metrics.AMOUNTS, {key: amount for key, amount in amounts.items() if key[:2] in chosen})


SAMPLES: Final = (Sample(gauges=metrics.COUNTED, measure=_measure, every_seconds=30.0),)
EXPIRE_QUOTES: Final = Job(name="expire_quotes", run=_expire_quotes, asks=remedies.UNTIL_OVERDUE)
