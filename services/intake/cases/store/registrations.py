"""A new case in one statement: its row, the contact it came with, its parties, what is searched and looked by."""

from collections.abc import Sequence
from typing import Final

import orjson

from services.intake.cases.rules.case import Case
from services.intake.cases.rules.errors import CaseNumberTaken
from services.intake.cases.rules.party import NewContact, Party, searched_of
from services.intake.cases.store.cases import stored_milestones
from services.intake.cases.store.tables import CASE_NUMBER
from services.intake.looks.store import keyed
from services.intake.search.rules import grams, words
from shared.kernel.actor import CUSTOMER_ROLE
from shared.kernel.ids import CaseId, OrgId, new_id
from shared.platform.db.transaction import Transaction, integrity

_REGISTER: Final = f"""
WITH registered AS (
    INSERT INTO intake.case_file (org_id, case_id, number, case_type, channel, status, pack, pack_version, received_at,
        registered_at, first_responder, owner, customer_ref, order_ref, description, contact_id, facts, milestones,
        last_at, version, changed_at, looks, consulted)
    SELECT $1::uuid, $2::uuid, $3::text, $4::text, $5::text, $6::text, $7::text, $8::int, $9::timestamptz,
        $10::timestamptz, $11::text, $12::text, $13::text, $14::text, $15::text, $16::uuid, $17::text::jsonb,
        $18::text::jsonb, $9::timestamptz, 1, $10::timestamptz, $23::text::jsonb, $24::text::jsonb
    RETURNING *
), keyed AS (
    {keyed("registered")}
), searchable AS (
    INSERT INTO intake.case_search (org_id, case_id, words, grams)
    SELECT $1::uuid, $2::uuid, $21::text, $22::int[]
), reachable AS (
    INSERT INTO intake.party (org_id, case_id, party_id, role, name, email, phone, locale)
    SELECT $1::uuid, $2::uuid, p.* FROM jsonb_to_recordset($19::text::jsonb)
        AS p (party_id uuid, role text, name text, email text, phone text, locale text)
), contacted AS (
    INSERT INTO intake.contact (org_id, contact_id, channel, kind, caller, summary, fields, pack, pack_version,
        received_at, received_by, case_id)
    SELECT $1::uuid, $16::uuid, $5::text, c.kind, c.caller, $15::text, '{{}}', $7::text, $8::int, $9::timestamptz,
        $11::text, $2::uuid
    FROM jsonb_to_recordset($20::text::jsonb) AS c (kind text, caller jsonb)
)
SELECT 1
"""  # noqa: S608 (constants)


async def insert_case(tx: Transaction, case: Case, *, parties: Sequence[Party], contact: NewContact | None) -> None:
    """Insert everything. Raises CaseNumberTaken."""
    found_by = words(searched_of(case, parties))
    parameters = (
        case.org,
        case.case_id,
        case.number,
        case.case_type,
        case.channel,
        case.status,
        case.pack,
        case.policy_version,
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
        found_by,
        grams(case.org, case.case_id, found_by),
        None if case.looks is None else _json(case.looks),
        None if case.consulted is None else _json(case.consulted),
    )
    with integrity({CASE_NUMBER: CaseNumberTaken}):
        await tx.rows(_REGISTER, parameters)


async def shared_parties(tx: Transaction, *, org: OrgId, case_id: CaseId) -> list[Party]:
    """The parties of the case as parties of another one: the customer first."""
    found = await tx.rows(
        "SELECT role, name, email, phone, locale FROM intake.party WHERE org_id = $1::uuid AND case_id = $2::uuid "
        "ORDER BY party_id",
        (org, case_id),
    )
    return [
        Party(party_id=new_id(), role=role, name=name, email=email, phone=phone, locale=locale)
        for role, name, email, phone, locale in found
    ]


async def known_customers(tx: Transaction, refs: Sequence[str], *, org: OrgId) -> dict[str, list[Party]]:
    """By the reference of each customer: the party that it was in the latest case; none without a case."""
    found: dict[str, list[Party]] = {ref: [] for ref in refs}
    for ref, name, email, phone, locale in await tx.rows(_CUSTOMERS, (org, list(refs), CUSTOMER_ROLE)) if refs else ():
        found[ref].append(
            Party(party_id=new_id(), role=CUSTOMER_ROLE, name=name, email=email, phone=phone, locale=locale)
        )
    return found


_CUSTOMERS: Final = """
    SELECT w.ref, p.name, p.email, p.phone, p.locale
    FROM unnest($2::text[]) AS w (ref)
    CROSS JOIN LATERAL (
        SELECT p.name, p.email, p.phone, p.locale
        FROM intake.case_file c
        JOIN intake.party p ON p.org_id = c.org_id AND p.case_id = c.case_id AND p.role = $3::text
        WHERE c.org_id = $1::uuid AND c.customer_ref = w.ref
        ORDER BY c.case_id DESC, p.party_id LIMIT 1
    ) p
"""


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
