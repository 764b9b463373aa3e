"""The cases of one customer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import false, select, tuple_

from services.intake.cases.store.tables import CASE
from shared.kernel.ids import OrgId
from shared.packs.store import pinned
from shared.platform.auth.caller import Caller
from shared.platform.db.transaction import Transaction

_KIND = (CASE.c.pack, CASE.c.policy_version, CASE.c.case_type)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCaseRow:
    """An own case as the list shows it."""

    case_id: str
    number: str
    case_type: str
    status: str
    pack: str
    policy_version: int
    received_at: datetime


async def own_cases(tx: Transaction, caller: Caller, *, after: str | None, limit: int) -> Sequence[OwnCaseRow]:
    """The caller's own cases of the types that customers see, newest first, beyond `after`."""
    mine = [CASE.c.org_id == caller.org, CASE.c.is_purged == false()]
    mine.append(
        CASE.c.customer_ref == caller.customer_ref if caller.case_id is None else CASE.c.case_id == caller.case_id
    )
    kinds = [tuple(row) for row in await tx.execute(select(*_KIND).where(*mine).distinct())]
    shown = [kind for kind in kinds if await _is_shown(tx, caller.org, kind)]
    wanted = [*mine, tuple_(*_KIND).in_(shown)]
    if after is not None:
        wanted.append(CASE.c.case_id < after)
    columns = (CASE.c[name].label(name) for name in OwnCaseRow.__slots__)
    query = select(*columns).where(*wanted).order_by(CASE.c.case_id.desc()).limit(limit)
    return [OwnCaseRow(**row) for row in (await tx.execute(query)).mappings()]


async def _is_shown(tx: Transaction, org: OrgId, kind: tuple[str, int, str]) -> bool:
    pack, version, case_type = kind
    return (await pinned(tx, org=org, pack=pack, version=version)).intake.shows(case_type)
