"""What looks read: remedies of cases with the same customer or order, counted and added by one statement.

Found by the indexes of `case_view` on the customer and on the order, then by the case of the remedy. The value that is
looked by is held to the end of the transaction first, so that two cases which look at each other wait for one another.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson

from services.settlement.cases.rules import Case
from services.settlement.looks.rules import COUNTING, MOST_SHOWN, Answer, Key
from shared.kernel.ids import OrgId
from shared.kernel.money import Money
from shared.packs.settlement.model.looks import RemedyLook
from shared.platform.db.transaction import Transaction


async def hold(tx: Transaction, values: Iterable[str], *, org: OrgId, pack: str) -> None:
    """Hold what is looked by against all others that look by it, in one order for all transactions."""
    wanted = sorted(set(values))
    if wanted:
        await tx.rows(_HOLD, (org, pack, wanted))


_HOLD: Final = """
    SELECT pg_advisory_xact_lock(held)
    FROM (
        SELECT hashtextextended('remedies/' || $1::text || '/' || $2::text || '/' || value, 0) AS held
        FROM unnest($3::text[]) AS value ORDER BY value COLLATE "C" OFFSET 0
    ) s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Approvals from `since` (of all times when None) until `until`, both inclusive."""

    since: datetime | None
    until: datetime


async def count(
    tx: Transaction, look: RemedyLook, key: Key, *, asking: tuple[Case, str | None, str], window: Window
) -> Answer:
    """How many remedies of the pack count, beside the one that asks, and their sum in its currency.

    `asking` is the case, the remedy (None before there is one) and the currency.
    """
    case, remedy_id, currency = asking
    place = (case.org, case.pack, remedy_id, currency)
    same = (key.customer, key.order, key.case_type, orjson.dumps(dict(key.facts)).decode())
    chosen = (list(COUNTING[look.counts]), list(look.remedies), list(look.case_types))
    query = BY_ORDER if key.order is not None else BY_CUSTOMER
    [(number, total, shown)] = await tx.rows(query, (*place, *same, *chosen, window.since, window.until, MOST_SHOWN))
    return Answer(count=number, total=Money(minor=total, currency=currency), remedies=tuple(shown), at=window.until)


_COUNT: Final = """
    SELECT count(*), coalesce(sum(amount_minor) FILTER (WHERE currency = $4::text), 0)::int8,
        (coalesce(array_agg(remedy_id ORDER BY at DESC, remedy_id DESC), '{{}}'))[1:$14::int]
    FROM (
        SELECT r.remedy_id::text AS remedy_id, r.amount_minor, r.currency,
            coalesce((SELECT max(a.at) FROM settlement.approval a
                      WHERE a.org_id = r.org_id AND a.remedy_id = r.remedy_id), r.quoted_at) AS at
        FROM settlement.case_view c JOIN settlement.remedy r ON r.org_id = c.org_id AND r.case_id = c.case_id
        WHERE c.org_id = $1::uuid AND c.pack = $2::text AND {found}
          AND ($5::text IS NULL OR c.customer_ref = $5::text) AND ($6::text IS NULL OR c.order_ref = $6::text)
          AND ($7::text IS NULL OR c.case_type = $7::text) AND c.facts @> $8::jsonb
          AND r.state = ANY($9::text[]) AND r.remedy_id IS DISTINCT FROM $3::uuid
          AND (cardinality($10::text[]) = 0 OR r.remedy = ANY($10::text[]))
          AND (cardinality($11::text[]) = 0 OR c.case_type = ANY($11::text[]))
        OFFSET 0
    ) counted
    WHERE at >= coalesce($12::timestamptz, '-infinity') AND at <= $13::timestamptz
"""
BY_CUSTOMER: Final = _COUNT.format(found="c.customer_ref = $5::text")
BY_ORDER: Final = _COUNT.format(found="c.order_ref = $6::text")
