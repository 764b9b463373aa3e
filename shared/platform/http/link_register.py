"""Whether a link holds: known to this service, not revoked, not past its end on the organisation's clock."""

import time
from typing import Final

from starlette.requests import Request

from shared.contracts import topics
from shared.kernel.ids import made_at
from shared.platform.auth.caller import Caller, Unauthorised
from shared.platform.db.engine import Database
from shared.platform.db.transaction import reading
from shared.platform.links.store import find_link
from shared.platform.organisation_clock import organisation_now
from shared.platform.position import Entry

_YOUNG_SECONDS: Final = 60.0


class LinkRegister:
    """The links of one service."""

    def __init__(self, db: Database, *, service: str) -> None:
        self._db = db
        self._issues = service == "intake"

    async def require_live(self, request: Request, caller: Caller) -> None:
        """Raise Unauthorised (`link_revoked`, `token_expired`, or `token_invalid` for an unknown one).

        One that was issued less than a minute ago is waited for, as a case is; raises NotCaughtUp when it is late.
        """
        if caller.link is None or caller.case_id is None:
            raise Unauthorised(code="token_invalid")
        if await self._is_live(caller, caller.link.link_id):
            return
        if self._issues or not _is_young(caller.link.link_id):
            raise Unauthorised(code="token_invalid")
        entry = Entry(caller.org, topics.INTAKE, caller.case_id, "link", caller.link.link_id, 1)
        await request.app.state.catching_up.require(request, [entry])
        if not await self._is_live(caller, caller.link.link_id):
            raise Unauthorised(code="token_invalid")

    async def _is_live(self, caller: Caller, link_id: str) -> bool:
        """False when this service does not know the link."""
        async with reading(self._db) as tx:
            link = await find_link(tx, org=caller.org, link_id=link_id)
            if link is None or link.case_id != caller.case_id:
                return False
            now = await organisation_now(tx, caller.org)
        _require(link.revoked_at is None, "link_revoked")
        _require(link.is_live(now), "token_expired")
        return True


def _require(holds: bool, code: str) -> None:  # noqa: FBT001 (a condition)
    if not holds:
        raise Unauthorised(code=code)


def _is_young(link_id: str) -> bool:
    made = made_at(link_id)
    return made is not None and abs(time.time() - made.timestamp()) < _YOUNG_SECONDS
