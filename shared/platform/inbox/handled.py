"""Whether a consumer has handled certain events: its high water has reached them, and none of them is parked."""

import base64
from collections.abc import Sequence
from typing import Final

import orjson

from shared.platform.db.transaction import Transaction
from shared.platform.position import Entry

Wanted = tuple[str, Entry]
"""A consumer and an event that it should have handled."""

_MISSING: Final = """
    SELECT wanted.number FROM unnest($1::int[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[],
        $8::bigint[], $9::text[]) AS wanted (number, consumer, org, topic, key, aggregate, id, version, headers)
    WHERE NOT EXISTS (
        SELECT FROM high_water AS mark
        WHERE mark.org_id = wanted.org AND mark.consumer = wanted.consumer AND mark.aggregate = wanted.aggregate
            AND mark.aggregate_id = wanted.id AND mark.version >= wanted.version
    ) OR EXISTS (
        SELECT FROM parked_event AS parked
        WHERE parked.org_id = wanted.org AND parked.consumer = wanted.consumer AND parked.topic = wanted.topic
            AND parked.key = wanted.key AND parked.headers @> wanted.headers::jsonb
    )
"""


async def missing(tx: Transaction, wanted: Sequence[Wanted]) -> set[int]:
    """The numbers in `wanted` of the events that were not handled yet; one statement for all of them.

    An event that is parked, by itself or behind another one of its ordering key, counts as not handled.
    """
    rows = [(number, consumer, *entry, _headers(entry)) for number, (consumer, entry) in enumerate(wanted)]
    return {number for (number,) in await tx.rows(_MISSING, [list(column) for column in zip(*rows, strict=True)])}


def _headers(entry: Entry) -> str:
    """Headers of the event as `parked_event` stores them."""
    said = {
        "ce_aggregate": entry.aggregate,
        "ce_aggregateid": entry.aggregate_id,
        "ce_aggregateversion": str(entry.version),
    }
    return orjson.dumps([[name, base64.b64encode(text.encode()).decode()] for name, text in said.items()]).decode()
