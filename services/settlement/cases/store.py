"""Tables `case_view` and `touched`. Every decision about the money of a case is made under the lock of its row."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, Table, Text, select, text, update
from sqlalchemy.dialects.postgresql import JSONB

from services.settlement.cases.rules import Case, CaseKey, CaseUnknown, Document, Touch
from services.settlement.migrations.schema import METADATA
from shared.kernel.ids import CaseId, OrgId
from shared.platform.db.tables import instant_column, uuid_column
from shared.platform.db.transaction import Transaction
from shared.platform.outbox.of_cases import forget_customer_in_events

CASE: Final = Table(
    "case_view",
    METADATA,
    uuid_column("org_id"),
    uuid_column("case_id"),
    Column("number", Text, nullable=False),
    Column("case_type", Text, nullable=False, server_default=text("''")),
    Column("pack", Text, nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("customer_ref", Text, nullable=False),
    Column("order_ref", Text),
    Column("facts", JSONB, nullable=False),
    Column("milestones", JSONB, nullable=False),
    Column("documents", JSONB, nullable=False),
    PrimaryKeyConstraint("org_id", "case_id"),
    Index("ix_case_view_customer", "org_id", "customer_ref", "case_id"),
    Index("ix_case_view_order", "org_id", "order_ref", "case_id", postgresql_where=text("order_ref IS NOT NULL")),
    Index("ix_case_view_case_type", "org_id", "case_id", postgresql_include=["case_type"]),
)

TOUCHED: Final = Table(
    "touched",
    METADATA,
    uuid_column("org_id"),
    uuid_column("case_id"),
    Column("subject", Text, nullable=False),
    instant_column("first_at"),
    PrimaryKeyConstraint("org_id", "case_id", "subject"),
)


_COLUMNS: Final = (
    "c.org_id::text, c.case_id::text, c.number, c.case_type, c.pack, c.policy_version, c.customer_ref, c.order_ref, "
    "c.facts::text, c.milestones::text, c.documents::text"
)


async def get(tx: Transaction, *, org: OrgId, case_id: str, lock: bool = False) -> Case:
    """The case, with `lock` its row locked until the transaction ends. Raises CaseUnknown."""
    found = await tx.rows(_GET_LOCKED if lock else _GET, (org, case_id))
    if not found:
        raise CaseUnknown
    return _case(found[0])


_GET: Final = f"SELECT {_COLUMNS} FROM case_view AS c WHERE org_id = $1 AND case_id = $2"  # noqa: S608 (constants)
_GET_LOCKED: Final = f"{_GET} FOR NO KEY UPDATE"


async def get_many(tx: Transaction, *, org: OrgId, case_ids: Collection[str]) -> dict[str, Case]:
    """Those of the cases that are known, by id."""
    if not case_ids:
        return {}
    return {row[1]: _case(row) for row in await tx.rows(_GET_MANY, (org, list(case_ids)))}


_GET_MANY: Final = f"SELECT {_COLUMNS} FROM case_view AS c WHERE org_id = $1 AND case_id = ANY($2::uuid[])"  # noqa: S608 (constants)


async def lock_many(tx: Transaction, keys: Collection[CaseKey]) -> dict[CaseKey, Case]:
    """Those of the cases that are known, locked in the order of their keys, so that no two callers wait in a circle."""
    if not keys:
        return {}
    orgs, ids = zip(*keys, strict=True)
    found = (_case(row) for row in await tx.rows(_LOCK_MANY, (list(orgs), list(ids))))
    return {(case.org, case.case_id): case for case in found}


_LOCK_MANY: Final = f"""
    SELECT {_COLUMNS} FROM case_view AS c JOIN unnest($1::uuid[], $2::uuid[]) AS wanted (org_id, case_id)
        ON c.org_id = wanted.org_id AND c.case_id = wanted.case_id
    ORDER BY c.org_id, c.case_id FOR NO KEY UPDATE OF c
"""  # noqa: S608 (constants of this file)


async def add_many(tx: Transaction, cases: Sequence[Case]) -> None:
    """Store cases that are not known yet."""
    if cases:
        await tx.rows(_ADD_MANY, _columns(cases))


_ADD_MANY: Final = """
    INSERT INTO case_view (org_id, case_id, customer_ref, order_ref, facts, milestones, documents,
        case_type, number, pack, policy_version)
    SELECT org_id, case_id, customer_ref, order_ref, facts::jsonb, milestones::jsonb, documents::jsonb,
        case_type, number, pack, policy_version
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
        $8::text[], $9::text[], $10::text[], $11::int[])
        AS new (org_id, case_id, customer_ref, order_ref, facts, milestones, documents,
            case_type, number, pack, policy_version)
"""


async def save_many(tx: Transaction, cases: Sequence[Case]) -> None:
    """Replace what can change of cases that the caller locked."""
    if cases:
        await tx.rows(_SAVE_MANY, _columns(cases)[:8])


_SAVE_MANY: Final = """
    UPDATE case_view AS c SET customer_ref = new.customer_ref, order_ref = new.order_ref,
        facts = new.facts::jsonb, milestones = new.milestones::jsonb, documents = new.documents::jsonb,
        case_type = new.case_type
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
        AS new (org_id, case_id, customer_ref, order_ref, facts, milestones, documents, case_type)
    WHERE c.org_id = new.org_id AND c.case_id = new.case_id
"""


async def forget_customer(tx: Transaction, *, org: OrgId, case_id: str) -> None:
    """Erase the references to the customer and the order of a purged case, also from events."""
    nothing = {"customer_ref": "", "order_ref": None}
    await tx.execute(update(CASE).where(CASE.c.org_id == org, CASE.c.case_id == case_id).values(**nothing))
    await forget_customer_in_events(tx, org=org, case_id=case_id)


async def touch(tx: Transaction, *, org: OrgId, case_id: CaseId, subject: str, at: datetime) -> None:
    """Remember that `subject` has touched the case; the earliest instant counts."""
    await touch_many(tx, {Touch(org, case_id, subject): at})


async def touch_many(tx: Transaction, touches: Mapping[Touch, datetime]) -> None:
    """Remember who has touched which case; the earliest instant counts. Rows are written in the order of their keys."""
    if touches:
        rows = [(touch.org, touch.case_id, touch.subject, touches[touch]) for touch in sorted(touches)]
        await tx.rows(_TOUCH, [list(column) for column in zip(*rows, strict=True)])


_TOUCH: Final = """
    INSERT INTO touched (org_id, case_id, subject, first_at)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[])
    ON CONFLICT (org_id, case_id, subject) DO UPDATE SET first_at = excluded.first_at
    WHERE touched.first_at > excluded.first_at
"""


async def touched_by(tx: Transaction, *, org: OrgId, case_id: str) -> dict[str, datetime]:
    """Subjects who touched the case, each with the first instant."""
    rows = await tx.execute(
        select(TOUCHED.c.subject, TOUCHED.c.first_at).where(TOUCHED.c.org_id == org, TOUCHED.c.case_id == case_id)
    )
    return {row.subject: row.first_at for row in rows}


def _columns(cases: Sequence[Case]) -> list[list[object]]:
    """The cases as columns: keys, what can change, what cannot."""
    rows = [
        (
            *(case.org, case.case_id, case.customer_ref, case.order_ref),
            *(_json(dict(case.facts)), _json(case.milestones), _json([_stored(each) for each in case.documents])),
            *(case.case_type, case.number, case.pack, case.policy_version),
        )
        for case in cases
    ]
    return [list(column) for column in zip(*rows, strict=True)]


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _stored(document: Document) -> dict[str, object]:
    return {
        "document_id": document.document_id,
        "template": document.template,
        "number": document.number,
        "state": document.state,
        "fields": dict(document.fields),
        "signed_by": list(document.signed_by),
    }


def _case(row: Sequence[Any]) -> Case:
    org, case_id, number, case_type, pack, policy_version, customer, order, facts, milestones, documents = row
    stored = [Document(**{**each, "signed_by": tuple(each["signed_by"])}) for each in orjson.loads(documents)]
    return Case(
        org=OrgId(org),
        case_id=CaseId(case_id),
        number=number,
        case_type=case_type,
        customer_ref=customer,
        pack=pack,
        policy_version=policy_version,
        order_ref=order,
        facts=orjson.loads(facts),
        milestones=tuple(orjson.loads(milestones)),
        documents=tuple(stored),
    )
