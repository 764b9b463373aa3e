"""Counts over an organisation's cases, in one statement: of one instant, and each case read once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from services.intake.statistics.rules import MOST_CASES, TooManyCases
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Cases received from `since` on and before `until`; months are those of the zone."""

    since: datetime
    until: datetime
    zone: str


async def counted(tx: Transaction, span: Span, *, org: OrgId) -> dict[str, list[dict[str, Any]]]:
    """`cases`, `type_changes`, `remedies` and `clocks`: rows of groups with their counts. Raises TooManyCases."""
    [(found,)] = await tx.rows(_FOUND, (org, span.since, span.until))
    if found > MOST_CASES:
        raise TooManyCases(fields={"most": MOST_CASES})
    [counts] = await tx.rows(_COUNTS, (org, span.since, span.until, span.zone))
    return {name: orjson.loads(rows) for name, rows in zip(_COUNTED, counts, strict=True)}


_FOUND: Final = f"""
SELECT count(*) FROM (
    SELECT FROM intake.case_file
    WHERE org_id = $1::uuid AND received_at >= $2::timestamptz AND received_at < $3::timestamptz LIMIT {MOST_CASES + 1}
) AS found
"""  # noqa: S608 (a constant)
_COUNTED: Final = ("cases", "type_changes", "remedies", "clocks")
_COUNTS: Final = """
WITH chosen AS MATERIALIZED (
    SELECT c.case_id, c.case_type, c.former_types, c.status,
        coalesce(c.former_types -> 0 ->> 'case_type', c.case_type) AS registered_as,
        to_char(c.received_at AT TIME ZONE $4::text, 'YYYY-MM') AS month,
        EXISTS (SELECT FROM intake.clock_view k
                WHERE k.org_id = c.org_id AND k.case_id = c.case_id AND k.breached) AS breached
    FROM intake.case_file c
    WHERE c.org_id = $1::uuid AND c.received_at >= $2::timestamptz AND c.received_at < $3::timestamptz
), cases AS (
    SELECT month, case_type, registered_as, status, breached, count(*) AS count
    FROM chosen GROUP BY month, case_type, registered_as, status, breached
), type_changes AS (
    SELECT month, before.one ->> 'case_type' AS before,
        coalesce(former_types -> before.place::int ->> 'case_type', case_type) AS after, count(*) AS count
    FROM chosen CROSS JOIN jsonb_array_elements(former_types) WITH ORDINALITY AS before (one, place)
    GROUP BY 1, 2, 3
), remedies AS (
    SELECT month, case_type, remedy, state, currency, count(*) AS count, sum(amount_minor)::bigint AS amount_minor
    FROM chosen JOIN intake.remedy_view r ON r.org_id = $1::uuid AND r.case_id = chosen.case_id
    GROUP BY month, case_type, remedy, state, currency
), clocks AS (
    SELECT month, case_type, clock, state, k.breached, count(*) AS count
    FROM chosen JOIN intake.clock_view k ON k.org_id = $1::uuid AND k.case_id = chosen.case_id
    GROUP BY month, case_type, clock, state, k.breached
)
SELECT (SELECT coalesce(json_agg(x ORDER BY month, case_type, registered_as, status, breached), '[]')::text
     FROM cases x),
    (SELECT coalesce(json_agg(x ORDER BY month, before, after), '[]')::text FROM type_changes x),
    (SELECT coalesce(json_agg(x ORDER BY month, case_type, remedy, state, currency), '[]')::text FROM remedies x),
    (SELECT coalesce(json_agg(x ORDER BY month, case_type, clock, state, breached), '[]')::text FROM clocks x)
"""
