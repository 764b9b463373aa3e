"""The row of a case: locked, read, written."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import orjson
from cachetools import LRUCache

from services.intake.cases.rules.case import Case, FormerType, Reached
from services.intake.cases.rules.errors import CaseUnknown
from services.intake.looks.store import ON_CHANGE, keyed
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


async def save_case(tx: Transaction, case: Case, *, now: datetime) -> None:
    """Write the locked case as it is `now`; its version is one above the stored one."""
    facts, milestones = (
        orjson.dumps(dict(case.facts)).decode(),
        orjson.dumps(stored_milestones(case.milestones)).decode(),
    )
    types = case.case_type, _stored_types(case.former_types)
    changed = (case.status, case.owner, facts, milestones, case.last_at, case.version, now, *types)
    if not await tx.rows(_SAVE, (case.org, case.case_id, *changed)):
        raise RuntimeError(f"case {case.case_id} was changed without its lock")


_SAVE: Final = f"""
    WITH saved AS (
        UPDATE intake.case_file SET status = $3, owner = $4, facts = $5, milestones = $6, last_at = $7, version = $8,
            changed_at = $9, case_type = $10, former_types = $11::text::jsonb
        WHERE org_id = $1::uuid AND case_id = $2::uuid AND version = $8 - 1 RETURNING *
    ), keyed AS ({keyed("saved")} {ON_CHANGE})
    SELECT version FROM saved
"""  # noqa: S608 (constants)


async def get_case(tx: Transaction, *, org: OrgId, case_id: CaseId) -> Case:
    """The case without what belongs to it. Raises CaseUnknown."""
    rows = await tx.rows(_CASE, (org, case_id))
    if not rows:
        raise CaseUnknown
    return case_of(orjson.loads(rows[0][0]))


_CASE: Final = "SELECT to_json(c)::text FROM intake.case_file c WHERE org_id = $1::uuid AND case_id = $2::uuid"


async def policy_of(tx: Transaction, case: Case) -> Policy:
    """The policy that the case is pinned to."""
    return await pinned(tx, org=case.org, pack=case.pack, version=case.policy_version)


async def pin_of(tx: Transaction, *, org: OrgId, case_id: CaseId) -> Pin:
    """Pack and version that the case is pinned to. Raises CaseUnknown."""
    pins = await pins_of(tx, [(org, case_id)])
    if not pins:
        raise CaseUnknown
    return pins[org, case_id]


async def pins_of(tx: Transaction, keys: Collection[tuple[OrgId, CaseId]]) -> Mapping[tuple[OrgId, CaseId], Pin]:
    """Packs and versions that cases are pinned to; cases that intake does not know are left out.

    One statement for those that this process has not asked for lately: a pin never changes.
    """
    pins = {key: pin for key in keys if (pin := _pins.get(key)) is not None}
    unknown = [key for key in keys if key not in pins]
    if unknown:
        rows = await tx.rows(_PINS, key_columns(unknown))
        found = {(OrgId(org), CaseId(case_id)): Pin(pack, version) for org, case_id, pack, version in rows}
        _pins.update(found)
        pins.update(found)
    return pins


_pins: Final[LRUCache[tuple[OrgId, CaseId], Pin]] = LRUCache(65_536)
_PINS: Final = """
    SELECT c.org_id::text, c.case_id::text, c.pack, c.pack_version
    FROM unnest($1::uuid[], $2::uuid[]) AS wanted (org_id, case_id) JOIN intake.case_file c USING (org_id, case_id)
"""


async def lock_case(tx: Transaction, *, org: OrgId, case_id: CaseId) -> None:
    """Hold the case, and all that are linked to it, until the transaction ends. Raises CaseUnknown."""
    if not await tx.rows(_LOCK, (org, case_id)):
        raise CaseUnknown


async def lock_cases(tx: Transaction, keys: Collection[tuple[OrgId, CaseId]]) -> None:
    """The same for several cases, in one order for all transactions. Raises CaseUnknown when one of them is."""
    if not keys:
        return
    orgs, case_ids = key_columns(keys)
    roots = {(org, root) for org, root in await tx.rows(_ROOTS, (orgs, case_ids))}
    if len(await tx.rows(_LOCK_ALL, tuple(map(list, zip(*sorted(roots), strict=True))))) != len(roots):
        raise CaseUnknown


def key_columns(keys: Collection[tuple[OrgId, CaseId]]) -> tuple[list[OrgId], list[CaseId]]:
    """Organisations and cases, for `unnest($1::uuid[], $2::uuid[])`."""
    return [org for org, _ in keys], [case_id for _, case_id in keys]


_ROOTS: Final = """
    SELECT wanted.org_id::text, coalesce(l.root_id, wanted.case_id)::text
    FROM unnest($1::uuid[], $2::uuid[]) AS wanted (org_id, case_id)
    LEFT JOIN intake.link l ON l.org_id = wanted.org_id AND l.child_id = wanted.case_id
"""
_LOCK_ALL: Final = """
    SELECT c.version FROM unnest($1::uuid[], $2::uuid[]) AS wanted (org_id, case_id)
    JOIN intake.case_file c USING (org_id, case_id) ORDER BY c.org_id, c.case_id FOR NO KEY UPDATE OF c
"""


def reached_of(items: Sequence[Mapping[str, Any]]) -> tuple[Reached, ...]:
    """Milestones as they are stored."""
    return tuple(Reached(name=i["name"], at=instant_of(i["at"]), step=i["step"], cite=i["cite"]) for i in items)


def stored_milestones(reached: Sequence[Reached]) -> list[dict[str, Any]]:
    """Milestones as they go into the case's row."""
    return [{"name": r.name, "at": instant_text(r.at), "step": r.step, "cite": r.cite} for r in reached]


def _stored_types(former: Sequence[FormerType]) -> str | None:
    types = [{"case_type": f.case_type, "until": instant_text(f.until), "step": f.step} for f in former]
    return orjson.dumps(types).decode() if types else None


def _former_types(items: Sequence[Mapping[str, Any]] | None) -> tuple[FormerType, ...]:
    return tuple(
        FormerType(case_type=item["case_type"], until=instant_of(item["until"]), step=item["step"])
        for item in items or ()
    )


def case_of(row: Mapping[str, Any]) -> Case:
    """The case of a row of `case_file` as PostgreSQL's JSON."""
    return Case(
        org=OrgId(row["org_id"]),
        case_id=CaseId(row["case_id"]),
        number=row["number"],
        case_type=row["case_type"],
        channel=row["channel"],
        status=row["status"],
        pack=row["pack"],
        policy_version=row["pack_version"],
        received_at=instant_of(row["received_at"]),
        registered_at=instant_of(row["registered_at"]),
        first_responder=row["first_responder"],
        owner=row["owner"],
        customer_ref=row["customer_ref"],
        order_ref=row["order_ref"],
        description=row["description"],
        contact_id=row["contact_id"],
        facts=row["facts"],
        milestones=reached_of(row["milestones"]),
        last_at=instant_of(row["last_at"]),
        version=row["version"],
        looks=row["looks"],
        consulted=row["consulted"],
        former_types=_former_types(row["former_types"]),
        is_purged=row["is_purged"],
    )


def instant_of(value: str) -> datetime:
    """An instant in JSON that PostgreSQL made."""
    return datetime.fromisoformat(value)


def instant_or_none(value: str | None) -> datetime | None:
    """The same where there may be none."""
    return datetime.fromisoformat(value) if value else None
