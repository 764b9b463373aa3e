"""The table `case_view`: what sla knows of a case, one row per case."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Column, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from services.sla.cases.rules import Case, CaseKey, CaseNotHereYet, FormerType, Reached
from services.sla.migrations.schema import METADATA
from shared.kernel.ids import CaseId, OrgId
from shared.platform.db.tables import uuid_column
from shared.platform.db.transaction import Transaction

CASE_VIEW: Final = Table(
    "case_view",
    METADATA,
    uuid_column("org_id", primary_key=True),
    uuid_column("case_id", primary_key=True),
    Column("number", Text, nullable=False),
    Column("case_type", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("customer_ref", Text, nullable=False, server_default=text("''")),
    Column("order_ref", Text),
    Column("pack", Text, nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("facts", JSONB, nullable=False),
    Column("milestones", JSONB, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("owner", Text, nullable=False, server_default=""),
    Column("former_types", JSONB),
    Index("ix_case_view_case_type", "org_id", "case_id", postgresql_include=["case_type"]),
)


_NAMES: Final = tuple(column.name for column in CASE_VIEW.c)
_AS_TEXT: Final = frozenset({"org_id", "case_id", "facts", "milestones", "former_types"})
_SELECT: Final = f"""
    SELECT {", ".join(f"c.{name}::text" if name in _AS_TEXT else f"c.{name}" for name in _NAMES)} FROM case_view AS c
"""  # noqa: S608 (names of columns)
_ONE: Final = f"{_SELECT} WHERE org_id = $1 AND case_id = $2"
_LOCK_MANY: Final = f"""
    {_SELECT} JOIN unnest($1::uuid[], $2::uuid[]) AS wanted (org_id, case_id)
        ON c.org_id = wanted.org_id AND c.case_id = wanted.case_id
    ORDER BY c.org_id, c.case_id FOR NO KEY UPDATE OF c
"""
_ADD_MANY: Final = "INSERT INTO case_view SELECT * FROM jsonb_populate_recordset(NULL::case_view, $1::text::jsonb)"
_SAVE_MANY: Final = """
    UPDATE case_view AS c SET facts = new.facts, milestones = new.milestones, seq = new.seq, owner = new.owner,
        customer_ref = new.customer_ref, order_ref = new.order_ref, case_type = new.case_type,
        former_types = new.former_types
    FROM jsonb_populate_recordset(NULL::case_view, $1::text::jsonb) AS new
    WHERE c.org_id = new.org_id AND c.case_id = new.case_id
"""


async def get(tx: Transaction, *, org: OrgId, case_id: CaseId, lock: bool = False) -> Case:
    """The case; locked, its events are handled one after the other. Raises CaseNotHereYet."""
    found = await tx.rows(f"{_ONE} FOR NO KEY UPDATE" if lock else _ONE, (org, case_id))
    if not found:
        raise CaseNotHereYet
    return _case(found[0])


async def find(tx: Transaction, *, org: OrgId, case_id: str) -> Case | None:
    """The case, or None when absent or another organisation's."""
    found = await tx.rows(_ONE, (org, case_id))
    return _case(found[0]) if found else None


async def lock_many(tx: Transaction, keys: Collection[CaseKey]) -> dict[CaseKey, Case]:
    """Those of the cases that are known, locked in the order of their keys, so that no two callers wait in a circle."""
    if not keys:
        return {}
    orgs, ids = zip(*keys, strict=True)
    found = (_case(row) for row in await tx.rows(_LOCK_MANY, (list(orgs), list(ids))))
    return {(case.org, case.case_id): case for case in found}


async def add_many(tx: Transaction, cases: Sequence[Case]) -> None:
    """Store cases that are not known yet."""
    if cases:
        await tx.rows(_ADD_MANY, (_recordset(cases),))


async def save_many(tx: Transaction, cases: Sequence[Case]) -> None:
    """Replace what can change of cases that the caller locked."""
    if cases:
        await tx.rows(_SAVE_MANY, (_recordset(cases),))


def _recordset(cases: Sequence[Case]) -> str:
    return orjson.dumps([_values(case) for case in cases]).decode()


def _values(case: Case) -> dict[str, object]:
    return {
        "org_id": case.org,
        "case_id": case.case_id,
        "number": case.number,
        "case_type": case.case_type,
        "channel": case.channel,
        "customer_ref": case.customer_ref,
        "order_ref": case.order_ref,
        "pack": case.pack,
        "policy_version": case.policy_version,
        "facts": dict(case.facts),
        "milestones": {name: [one.at.isoformat(), one.seq] for name, one in case.milestones.items()},
        "seq": case.seq,
        "owner": case.owner,
        "former_types": [[f.case_type, f.until.at.isoformat(), f.until.seq] for f in case.former_types] or None,
    }


def _case(columns: Sequence[Any]) -> Case:
    row = dict(zip(_NAMES, columns, strict=True))
    reached = orjson.loads(row.pop("milestones"))
    former = orjson.loads(row.pop("former_types") or "[]")
    return Case(
        org=OrgId(row.pop("org_id")),
        case_id=CaseId(row.pop("case_id")),
        facts=orjson.loads(row.pop("facts")),
        milestones={name: Reached(at=datetime.fromisoformat(at), seq=seq) for name, (at, seq) in reached.items()},
        former_types=tuple(
            FormerType(case_type=name, until=Reached(at=datetime.fromisoformat(at), seq=seq))
            for name, at, seq in former
        ),
        **row,
    )
