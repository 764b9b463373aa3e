"""The cases that a draw is made from, read by pages in the order of their ids."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from shared.kernel.ids import OrgId
from shared.kernel.periods import Period
from shared.packs.language.types import Expr
from shared.platform.db.transaction import Transaction

PAGE: Final = 1_000
"""Cases that are held with their facts at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Which cases: of these types, that reached the milestone in the period; `statuses` empty means any."""

    org: OrgId
    pack: str
    case_types: Sequence[str]
    reached: str
    statuses: Sequence[str]
    when: Expr | None
    period: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A case that a sample may draw, with what a sample's expressions see of it."""

    case_id: str
    number: str
    context: dict[str, object]


async def candidates(tx: Transaction, population: Population, *, after: str | None) -> list[Candidate]:
    """One page of them beyond the id `after`; shorter than `PAGE` when it is the last."""
    of, period = population, population.period
    place = (of.org, of.pack, list(of.case_types), of.reached, period.starts_at, period.ends_at, list(of.statuses))
    return [_candidate(row) for row in await tx.rows(_CANDIDATES, (*place, after, PAGE))]


_CANDIDATES: Final = """
    SELECT c.case_id::text, c.number, c.case_type, c.channel, c.status, c.owner, c.first_responder, c.order_ref,
        to_char(c.received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), c.facts::text,
        ARRAY(SELECT m ->> 'name' FROM jsonb_array_elements(c.milestones) m)
            || ARRAY(SELECT t.what FROM intake.timeline_entry t
                     WHERE t.org_id = c.org_id AND t.case_id = c.case_id AND t.milestone)
    FROM intake.case_file c
    WHERE c.org_id = $1::uuid AND c.pack = $2::text AND c.case_type = ANY($3::text[]) AND NOT c.is_purged
      AND (cardinality($7::text[]) = 0 OR c.status = ANY($7::text[])) AND c.received_at < $6::timestamptz
      AND c.case_id > coalesce($8::uuid, '00000000-0000-0000-0000-000000000000')
      AND (EXISTS (SELECT FROM jsonb_array_elements(c.milestones) m
                   WHERE m ->> 'name' = $4::text AND (m ->> 'at')::timestamptz >= $5::timestamptz
                     AND (m ->> 'at')::timestamptz < $6::timestamptz)
           OR EXISTS (SELECT FROM intake.timeline_entry t
                      WHERE t.org_id = c.org_id AND t.case_id = c.case_id AND t.milestone AND t.what = $4::text
                        AND t.at >= $5::timestamptz AND t.at < $6::timestamptz))
    ORDER BY c.case_id LIMIT $9::int
"""


def _candidate(row: Sequence[Any]) -> Candidate:
    case_id, number, case_type, channel, status, owner, responder, order_ref, received_at, facts, milestones = row
    case = {
        "status": status,
        "number": number,
        "case_type": case_type,
        "channel": channel,
        "received_at": received_at,
        "owner": owner,
        "first_responder": responder,
        "order_ref": order_ref,
    }
    context = {"case": case, "facts": orjson.loads(facts), "milestones": list(milestones)}
    return Candidate(case_id=case_id, number=number, context=context)
