"""A new case in one statement: its number, its row, the contact it came with and its parties.

The counter's row is locked from here until the commit, which follows after two more statements; that
is what keeps numbers without a gap, and why nothing else is done in between.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import orjson

from services.intake.db.dossiers import stored_milestones
from services.intake.db.tables import CASE_NUMBER
from services.intake.domain.case import Case
from services.intake.domain.errors import CaseNumberTaken
from services.intake.domain.numbering import Series
from shared.db.transaction import Transaction, integrity


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """How to reach somebody about a case. Personal data."""

    party_id: str
    role: str
    name: str
    email: str | None
    phone: str | None
    locale: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContact:
    """The contact that a case came with, when it is not on record yet."""

    kind: str
    caller: dict[str, Any]


_REGISTER: Final = """
WITH counted AS (
    INSERT INTO intake.counter AS n (org_id, series, value) VALUES ($1::uuid, $2::text, 1)
    ON CONFLICT (org_id, series) DO UPDATE SET value = n.value + 1 RETURNING value
), numbered AS (
    SELECT $3::text || lpad(value::text, greatest(length(value::text), $4::int), '0') || $5::text AS number FROM counted
), registered AS (
    INSERT INTO intake.case_file (org_id, case_id, number, case_type, channel, status, pack, pack_version, received_at,
        registered_at, first_responder, owner, customer_ref, order_ref, description, contact_id, facts, milestones,
        last_at, version)
    SELECT $1::uuid, $6::uuid, number, $7::text, $8::text, $9::text, $10::text, $11::int, $12::timestamptz,
        $13::timestamptz, $14::text, $15::text, $16::text, $17::text, $18::text, $19::uuid, $20::text::jsonb,
        $21::text::jsonb, $12::timestamptz, 1
    FROM numbered
), reachable AS (
    INSERT INTO intake.party (org_id, case_id, party_id, role, name, email, phone, locale)
    SELECT $1::uuid, $6::uuid, p.* FROM jsonb_to_recordset($22::text::jsonb)
        AS p (party_id uuid, role text, name text, email text, phone text, locale text)
), contacted AS (
    INSERT INTO intake.contact (org_id, contact_id, channel, kind, caller, summary, fields, pack, pack_version,
        received_at, received_by, case_id)
    SELECT $1::uuid, $19::uuid, $8::text, c.kind, c.caller, $18::text, '{}', $10::text, $11::int, $12::timestamptz,
        $14::text, $6::uuid
    FROM jsonb_to_recordset($23::text::jsonb) AS c (kind text, caller jsonb)
)
SELECT number FROM numbered
"""


async def insert_case(
    tx: Transaction, case: Case, *, series: Series, parties: Sequence[Party], contact: NewContact | None
) -> str:
    """Insert everything and return the number. Raises CaseNumberTaken."""
    parameters = (
        case.org,
        series.key,
        series.prefix,
        series.digits,
        series.suffix,
        case.case_id,
        case.case_type,
        case.channel,
        case.status,
        case.pack,
        case.pack_version,
        case.received_at,
        case.registered_at,
        case.first_responder,
        case.owner,
        case.customer_ref,
        case.order_ref,
        case.description,
        case.contact_id,
        _json(case.facts),
        _json(stored_milestones(case.milestones)),
        _json([asdict(party) for party in parties]),
        _json([{"kind": contact.kind, "caller": contact.caller}] if contact else []),
    )
    with integrity({CASE_NUMBER: CaseNumberTaken}):
        result = await tx.conn.exec_driver_sql(_REGISTER, parameters)
    return str(result.scalar_one())


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
