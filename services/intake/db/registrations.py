"""A new case in one statement: its number, its row, the contact it came with and its parties.

Numbers come from a stock of free ones, the lowest first, so that concurrent registrations never wait
for each other; one that rolls back gives its number to the next. Below the highest number every one
is a case's or is about to be.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from services.intake.db.current_policy import forget
from services.intake.db.dossiers import stored_milestones
from services.intake.db.tables import CASE_NUMBER
from services.intake.domain.case import Case
from services.intake.domain.errors import CaseNumberTaken
from services.intake.domain.numbering import Series
from shared.db.engine import Database
from shared.db.transaction import Transaction, integrity, transaction
from shared.ids import OrgId


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


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCase:
    """A case without its number, where that comes from, and how many policies its pin was chosen from."""

    case: Case
    series: Series
    versions: int


_REGISTER: Final = """
WITH lowest AS MATERIALIZED (
    SELECT value FROM intake.free_number WHERE org_id = $1::uuid AND series = $2::text
    ORDER BY value LIMIT 1 FOR UPDATE SKIP LOCKED
), taken AS (
    DELETE FROM intake.free_number f USING lowest
    WHERE f.org_id = $1::uuid AND f.series = $2::text AND f.value = lowest.value RETURNING f.value
), numbered AS (
    SELECT $3::text || lpad(value::text, greatest(length(value::text), $4::int), '0') || $5::text AS number FROM taken
    WHERE (SELECT count(*) FROM intake.policy_version WHERE org_id = $1::uuid) = $24::int
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
    SELECT $1::uuid, $6::uuid, p.* FROM numbered, jsonb_to_recordset($22::text::jsonb)
        AS p (party_id uuid, role text, name text, email text, phone text, locale text)
), contacted AS (
    INSERT INTO intake.contact (org_id, contact_id, channel, kind, caller, summary, fields, pack, pack_version,
        received_at, received_by, case_id)
    SELECT $1::uuid, $19::uuid, $8::text, c.kind, c.caller, $18::text, '{}', $10::text, $11::int, $12::timestamptz,
        $14::text, $6::uuid
    FROM numbered, jsonb_to_recordset($23::text::jsonb) AS c (kind text, caller jsonb)
)
SELECT number FROM numbered
"""
_STOCK: Final = """
WITH counted AS (
    INSERT INTO intake.counter AS n (org_id, series, value) VALUES ($1::uuid, $2::text, $3::int)
    ON CONFLICT (org_id, series) DO UPDATE SET value = n.value + $3::int RETURNING value
)
INSERT INTO intake.free_number (org_id, series, value)
SELECT $1::uuid, $2::text, generate_series(value - $3::int + 1, value) FROM counted
"""
_BLOCK: Final = 64


class NotReady(Exception):
    """There was no free number, or a policy was published meanwhile: `prepare`, then register again."""

    def __init__(self, *, org: OrgId, series: Series) -> None:
        super().__init__(series.key)
        self.org = org
        self.series = series


async def prepare(db: Database, missing: NotReady) -> None:
    """Put free numbers in stock unless there are some, in a transaction of its own."""
    forget(missing.org)
    async with transaction(db) as tx:
        key = (missing.org, missing.series.key)
        await tx.rows("SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))", ("/".join(key),))
        if not await tx.rows(
            "SELECT 1 FROM intake.free_number WHERE org_id = $1::uuid AND series = $2::text LIMIT 1", key
        ):
            await tx.rows(_STOCK, (*key, _BLOCK))


async def insert_case(tx: Transaction, new: NewCase, *, parties: Sequence[Party], contact: NewContact | None) -> str:
    """Insert everything and return the number. Raises CaseNumberTaken, NotReady."""
    case, series = new.case, new.series
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
        _json([_party(party) for party in parties]),
        _json([{"kind": contact.kind, "caller": contact.caller}] if contact else []),
        new.versions,
    )
    with integrity({CASE_NUMBER: CaseNumberTaken}):
        numbers = await tx.rows(_REGISTER, parameters)
    if not numbers:
        raise NotReady(org=case.org, series=series)
    return str(numbers[0][0])


def _party(party: Party) -> dict[str, str | None]:
    return {
        "party_id": party.party_id,
        "role": party.role,
        "name": party.name,
        "email": party.email,
        "phone": party.phone,
        "locale": party.locale,
    }


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
