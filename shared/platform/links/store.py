"""Links to a case as each service has them, and their use."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from shared.kernel.case_link import CaseLink
from shared.kernel.errors import Conflict, Forbidden
from shared.kernel.ids import OrgId
from shared.kernel.text import Text
from shared.platform.auth.caller import Caller
from shared.platform.db.transaction import Transaction


class LinkPermitsNot(Forbidden):
    """The link does not permit this; `fields.may` lists what it permits. 403."""

    code = "link_permits_not"
    title = Text(en="Not permitted by this link", zh="该链接不允许此操作")


class LinkUsed(Conflict):
    """The link permits this once, and it was done. 409."""

    code = "link_used"
    title = Text(en="The link was used for this", zh="该链接已用于此操作")


async def add_link(tx: Transaction, link: CaseLink) -> None:
    """Keep it; one that is known stays as it is."""
    await tx.rows(
        _ADD,
        (
            *(link.org, link.link_id, link.case_id, link.holder, list(link.may), list(link.once)),
            *(link.issued_at, link.expires_at),
        ),
    )


async def revoke_link(tx: Transaction, *, org: OrgId, link_id: str, at: datetime) -> None:
    """End it, unless it was ended."""
    await tx.rows(_REVOKE, (org, link_id, at))


async def forget_links(tx: Transaction, *, org: OrgId, case_id: str) -> None:
    """Of a purged case: no link leads to it any more."""
    await tx.rows(_FORGET, (org, case_id))


async def find_link(tx: Transaction, *, org: OrgId, link_id: str) -> CaseLink | None:
    """The link, when this service has it."""
    return next(iter(_links(await tx.rows(f"{_READ} AND link_id = $2::uuid", (org, link_id)))), None)


async def links_of_case(tx: Transaction, *, org: OrgId, case_id: str) -> list[CaseLink]:
    """The links to a case, newest first."""
    return _links(await tx.rows(f"{_READ} AND case_id = $2::uuid ORDER BY link_id DESC LIMIT 200", (org, case_id)))


async def use_link(tx: Transaction, caller: Caller, action: str, *, now: datetime, thing: str = "") -> None:
    """The bearer of a link does `action`, with the `thing` where there are several; of other callers nothing is asked.

    Raises LinkPermitsNot, and LinkUsed for the second time of what is permitted once.
    """
    link = caller.link
    if link is None:
        return
    if not caller.permits(action):
        raise LinkPermitsNot(fields={"may": sorted(link.may)})
    if action in link.once:
        done = f"{action} {thing}".strip()
        if not await tx.rows(_USE, (caller.org, link.link_id, done, now)):
            raise LinkUsed(fields={"action": done})


def _links(rows: Sequence[Any]) -> list[CaseLink]:
    return [
        CaseLink(
            org=OrgId(org),
            link_id=link_id,
            case_id=case_id,
            holder=holder,
            may=tuple(may),
            once=tuple(once),
            issued_at=issued_at,
            expires_at=expires_at,
            revoked_at=revoked_at,
        )
        for org, link_id, case_id, holder, may, once, issued_at, expires_at, revoked_at in rows
    ]


_ADD: Final = """
    INSERT INTO case_link (org_id, link_id, case_id, holder, may, once, issued_at, expires_at)
    VALUES ($1::uuid, $2::uuid, $3::uuid, $4, $5::text[], $6::text[], $7, $8) ON CONFLICT DO NOTHING
"""
_REVOKE: Final = """
    UPDATE case_link SET revoked_at = $3 WHERE org_id = $1::uuid AND link_id = $2::uuid AND revoked_at IS NULL
"""
_FORGET: Final = "DELETE FROM case_link WHERE org_id = $1::uuid AND case_id = $2::uuid"
_READ: Final = """
    SELECT org_id::text, link_id::text, case_id::text, holder, may, once, issued_at, expires_at, revoked_at
    FROM case_link WHERE org_id = $1::uuid
"""
_USE: Final = """
    INSERT INTO case_link_use (org_id, link_id, action, used_at) VALUES ($1::uuid, $2::uuid, $3, $4)
    ON CONFLICT DO NOTHING RETURNING action
"""
