"""As of which version of a case a service judges: a refusal that rests on a neighbour's facts says it.

`as_of` lists `<aggregate>/<id>@<version>`, in the terms of the published events: `case/0190…@7` is the case that
intake's case page shows as version 7.
"""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import orjson

from shared.contracts import topics
from shared.kernel.errors import Conflict, Rejected
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction

_VERSION: Final = """
    SELECT least(mark.version, (
        SELECT min(convert_from(decode(header ->> 1, 'base64'), 'UTF8')::bigint) - 1
        FROM parked_event AS parked CROSS JOIN jsonb_array_elements(parked.headers) AS header
        WHERE parked.org_id = mark.org_id AND parked.consumer = mark.consumer AND parked.topic = $4
            AND parked.key = mark.aggregate_id AND parked.headers @> $5::text::jsonb
            AND header ->> 0 = 'ce_aggregateversion'
    )) FROM high_water AS mark
    WHERE mark.org_id = $1 AND mark.consumer = $2 AND mark.aggregate = 'case' AND mark.aggregate_id = $3
        AND mark.version > 0
"""
_OF_THE_CASE: Final = orjson.dumps([["ce_aggregate", base64.b64encode(b"case").decode()]]).decode()


async def case_as_of(tx: Transaction, *, org: OrgId, case_id: str) -> list[str]:
    """The version of the case that this service has handled, as `as_of`; empty when it has handled none."""
    consumer = topics.consumer_of(tx.kernel.schema, topics.INTAKE)
    rows = await tx.rows(_VERSION, (org, consumer, case_id, topics.INTAKE, _OF_THE_CASE))
    return [f"case/{case_id}@{version}" for (version,) in rows]


@asynccontextmanager
async def judged_as_of_case(tx: Transaction, *, org: OrgId, case_id: str) -> AsyncIterator[None]:
    """A refusal that a rule of the block raises tells as of which version of the case it was judged.

    The caller holds what it judges under a lock, so that no newer version is handled meanwhile.
    """
    try:
        yield
    except (Conflict, Rejected) as refusal:
        if as_of := await case_as_of(tx, org=org, case_id=case_id):
            refusal.fields["as_of"] = as_of
        raise
