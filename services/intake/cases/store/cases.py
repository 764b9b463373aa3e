"""The row of a case: locked, read, written, listed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, RowMapping, select, tuple_, update

from services.intake.cases.rules.case import Case, Reached
from services.intake.cases.rules.errors import CaseUnknown
from services.intake.cases.store.tables import CASE
from shared.kernel.ids import CaseId, OrgId
from shared.kernel.instants import instant_text
from shared.packs.store import Policy, pinned
from shared.platform.db.transaction import Transaction

_LOCK: Final = """
    SELECT version FROM intake.case_file WHERE org_id = $1::uuid AND case_id = coalesce(
        (SELECT root_id FROM intake.link WHERE org_id = $1::uuid AND child_id = $2::uuid), $2::uuid)
    FOR NO KEY UPDATE
"""
"""Holds a case with all that are linked to it, through the one that opened them all.

A gate that reads linked cases reads locked rows, and two cases that react to each other take the locks in one order.
"""


def case_key(case: Case) -> dict[str, str]:
    """The columns that say to which case a row belongs."""
    return {"org_id": case.org, "case_id": case.case_id}


class Pin(NamedTuple):
    """The version of a pack that a case keeps for its whole life."""

    pack: str
    version: int


async def save_case(tx: Transaction, case: Case) -> None:
    """Write the locked case as it is now; its version is one above the stored one."""
    statement = (
        update(CASE)
        .where(CASE.c.org_id == case.org, CASE.c.case_id == case.case_id, CASE.c.version == case.version - 1)
        .values(
            status=case.status,
            facts=dict(case.facts),
            milestones=stored_milestones(case.milestones),
            owner=case.owner,
            last_at=case.last_at,
            version=case.version,
        )
    )
    if (await tx.execute(statement)).rowcount != 1:
        raise RuntimeError(f"case {case.case_id} was changed without its lock")


async def get_case(tx: Transaction, *, org: OrgId, case_id: CaseId) -> Case:
    """The case without what belongs to it. Raises CaseUnknown."""
    query = select(CASE).where(CASE.c.org_id == org, CASE.c.case_id == case_id)
    row = (await tx.execute(query)).mappings().one_or_none()
    if row is None:
        raise CaseUnknown
    return case_of(row)


async def policy_of(tx: Transaction, case: Case) -> Policy:
    """The policy that the case is pinned to."""
    return await pinned(tx, org=case.org, pack=case.pack, version=case.policy_version)


async def pin_of(tx: Transaction, *, org: OrgId, case_id: CaseId) -> tuple[str, int]:
    """Pack and version that the case is pinned to. Raises CaseUnknown."""
    query = select(CASE.c.pack, CASE.c.policy_version).where(CASE.c.org_id == org, CASE.c.case_id == case_id)
    row = (await tx.execute(query)).one_or_none()
    if row is None:
        raise CaseUnknown
    return row.pack, row.pack_version


async def pins_of(tx: Transaction, keys: Collection[tuple[OrgId, CaseId]]) -> Mapping[tuple[OrgId, CaseId], Pin]:
    """Packs and versions that cases are pinned to, in one statement; cases that intake does not know are left out."""
    key = tuple_(CASE.c.org_id, CASE.c.case_id)
    query = select(CASE.c.org_id, CASE.c.case_id, CASE.c.pack, CASE.c.policy_version).where(key.in_(keys))
    return {(row.org_id, row.case_id): Pin(row.pack, row.pack_version) for row in await tx.execute(query)}


async def lock_case(tx: Transaction, *, org: OrgId, case_id: CaseId) -> None:
    """Hold the case, and all that are linked to it, until the transaction ends. Raises CaseUnknown."""
    if not await tx.rows(_LOCK, (org, case_id)):
        raise CaseUnknown


def reached_of(items: Sequence[Mapping[str, Any]]) -> tuple[Reached, ...]:
    """Milestones as they are stored."""
    return tuple(Reached(name=i["name"], at=instant_of(i["at"]), step=i["step"], cite=i["cite"]) for i in items)


def stored_milestones(reached: Sequence[Reached]) -> list[dict[str, Any]]:
    """Milestones as they go into the case's row."""
    return [{"name": r.name, "at": instant_text(r.at), "step": r.step, "cite": r.cite} for r in reached]


def case_of(row: RowMapping) -> Case:
    """The case of a row with all columns of `case_file`."""
    return Case(
        org=OrgId(row["org_id"]),
        case_id=CaseId(row["case_id"]),
        number=row["number"],
        case_type=row["case_type"],
        channel=row["channel"],
        status=row["status"],
        pack=row["pack"],
        policy_version=row["pack_version"],
        received_at=row["received_at"],
        registered_at=row["registered_at"],
        first_responder=row["first_responder"],
        owner=row["owner"],
        customer_ref=row["customer_ref"],
        order_ref=row["order_ref"],
        description=row["description"],
        contact_id=row["contact_id"],
        facts=row["facts"],
        milestones=reached_of(row["milestones"]),
        last_at=row["last_at"],
        version=row["version"],
        is_purged=row["is_purged"],
    )


def instant_of(value: str) -> datetime:
    """An instant in JSON that PostgreSQL made."""
    return datetime.fromisoformat(value)


def instant_or_none(value: str | None) -> datetime | None:
    """The same where there may be none."""
    return datetime.fromisoformat(value) if value else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """A case as lists show it."""

    case_id: str
    number: str
    case_type: str
    status: str
    pack: str
    policy_version: int
    received_at: datetime
    owner: str
    customer_ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """Which cases a list shows; None shows all."""

    status: str | None = None
    case_type: str | None = None
    owner: str | None = None
    customer_ref: str | None = None


async def case_list(
    tx: Transaction, chosen: CaseFilter, *, org: OrgId, after: str | None, limit: int
) -> Sequence[CaseRow]:
    """Cases, newest first, beyond `after`."""
    stated = {name: value for name in CaseFilter.__slots__ if (value := getattr(chosen, name)) is not None}
    wanted: list[ColumnElement[bool]] = [CASE.c.org_id == org, *(CASE.c[name] == stated[name] for name in stated)]
    if after is not None:
        wanted.append(CASE.c.case_id < after)
    columns = (CASE.c[name].label(name) for name in CaseRow.__slots__)
    query = select(*columns).where(*wanted).order_by(CASE.c.case_id.desc()).limit(limit)
    return [CaseRow(**row) for row in (await tx.execute(query)).mappings()]
