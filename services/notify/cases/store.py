"""Cases and their parties, as notify knows them from intake's events."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Column, Integer, Table, Text, exists, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.notify.cases.rules import Case, Party
from services.notify.migrations.schema import METADATA
from shared.kernel.ids import OrgId
from shared.platform.db.tables import instant_column, uuid_column
from shared.platform.db.transaction import Transaction

CASE_VIEW: Final = Table(
    "case_view",
    METADATA,
    uuid_column("org_id", primary_key=True),
    uuid_column("case_id", primary_key=True),
    Column("number", Text, nullable=False),
    Column("case_type", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("previous_status", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("first_responder", Text, nullable=False),
    Column("customer_ref", Text, nullable=False),
    Column("order_ref", Text),
    instant_column("received_at"),
    Column("pack", Text, nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("facts", JSONB, nullable=False),
    Column("milestones", ARRAY(Text), nullable=False),
)


PARTY: Final = Table(
    "party",
    METADATA,
    uuid_column("org_id", primary_key=True),
    uuid_column("case_id", primary_key=True),
    Column("role", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("phone", Text),
    Column("locale", Text, nullable=False),
    instant_column("recorded_at"),
)

CASE_COLUMNS: Final = (
    "c.case_id::text, c.number, c.case_type, c.channel, c.status, c.previous_status, c.owner, c.first_responder, "
    "c.customer_ref, c.order_ref, c.received_at, c.pack, c.policy_version, c.facts::text, c.milestones"
)


async def insert_cases(tx: Transaction, cases: Sequence[tuple[OrgId, Case]]) -> None:
    """Store new cases; one that is here already stays as it is."""
    if cases:
        await tx.rows(_OPEN, (_as_json(cases),))


async def save_cases(tx: Transaction, cases: Sequence[tuple[OrgId, Case]]) -> None:
    """Store the state and the references of cases that the caller locked."""
    if cases:
        await tx.rows(_SAVE, (_as_json(cases),))


def _as_json(cases: Sequence[tuple[OrgId, Case]]) -> str:
    return orjson.dumps([{"org_id": org, **asdict(case)} for org, case in cases]).decode()


_NAMES: Final = ", ".join(("org_id", *(field.name for field in fields(Case))))
_GIVEN: Final = """
    jsonb_to_recordset($1::text::jsonb) AS given (org_id uuid, case_id uuid, number text, case_type text, channel text,
        status text, previous_status text, owner text, first_responder text, customer_ref text, order_ref text,
        received_at timestamptz, pack text, policy_version integer, facts jsonb, milestones text[])
"""
_OPEN: Final = f"""
    INSERT INTO notify.case_view ({_NAMES}) SELECT {_NAMES} FROM {_GIVEN} ON CONFLICT DO NOTHING
"""  # noqa: S608 (constants of this file)
_SAVE: Final = f"""
    UPDATE notify.case_view c SET case_type = given.case_type, status = given.status,
        previous_status = given.previous_status, owner = given.owner, facts = given.facts,
        milestones = given.milestones, customer_ref = given.customer_ref, order_ref = given.order_ref
    FROM {_GIVEN} WHERE c.org_id = given.org_id AND c.case_id = given.case_id
"""  # noqa: S608 (constants of this file)


async def save_party(tx: Transaction, party: Party, *, org: OrgId, case_id: str, at: datetime) -> None:
    """Store how a party of a case is reached; a later record replaces an earlier one."""
    parameters = (org, case_id, party.role, party.name, party.email, party.phone, party.locale, at)
    await tx.rows(_SAVE_PARTY, parameters)


_SAVE_PARTY: Final = """
    INSERT INTO notify.party (org_id, case_id, role, name, email, phone, locale, recorded_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (org_id, case_id, role) DO UPDATE SET name = excluded.name, email = excluded.email,
        phone = excluded.phone, locale = excluded.locale, recorded_at = excluded.recorded_at
"""


async def cases_by_key(tx: Transaction, keys: set[tuple[OrgId, str]]) -> dict[tuple[OrgId, str], Case]:
    """The cases of messages about to be sent, which may belong to several organisations."""
    if not keys:
        return {}
    orgs, case_ids = zip(*keys, strict=True)
    rows = await tx.rows(_CASES, (list(orgs), list(case_ids)))
    return {(OrgId(org), case.case_id): case for org, case in ((row[0], case_of(row[1:])) for row in rows)}


_CASES: Final = f"""
    SELECT c.org_id::text, {CASE_COLUMNS}
    FROM notify.case_view c JOIN unnest($1::uuid[], $2::uuid[]) AS k(org_id, case_id)
        ON c.org_id = k.org_id AND c.case_id = k.case_id
"""  # noqa: S608 (constants of this file)


def case_of(columns: Sequence[Any]) -> Case:
    case_id, number, case_type, channel, status, previous, owner, responder, customer, *rest = columns
    order, received_at, pack, policy_version, facts, milestones = rest
    return Case(
        case_id=case_id,
        number=number,
        case_type=case_type,
        channel=channel,
        status=status,
        previous_status=previous,
        owner=owner,
        first_responder=responder,
        customer_ref=customer,
        order_ref=order,
        received_at=received_at,
        pack=pack,
        policy_version=policy_version,
        facts=orjson.loads(facts),
        milestones=tuple(milestones),
    )


async def case_exists(tx: Transaction, *, org: OrgId, case_id: str) -> bool:
    """Whether notify knows the case in this organisation."""
    where = (CASE_VIEW.c.org_id == org, CASE_VIEW.c.case_id == case_id)
    return bool((await tx.execute(select(exists().where(*where)))).scalar_one())
