"""Everything that decides who is told of an event of a case, read with one statement."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import orjson

from services.notify.cases.rules import Case, Party
from services.notify.cases.store import CASE_COLUMNS, case_of
from services.notify.webhooks.rules.subscription import Subscription
from shared.kernel.errors import Unavailable
from shared.kernel.ids import OrgId
from shared.kernel.text import Text
from shared.platform.db.transaction import Transaction


class CaseNotHereYet(Unavailable):
    """An event of a case arrived before the event that creates the case, or its organisation; it is tried again."""

    code = "case_not_here_yet"
    title = Text(en="Case not available yet", zh="案件尚未同步，请稍后重试")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseContext:
    """A case with everything that decides who is told: parties, webhook endpoints, the organisation's instant."""

    case: Case
    parties: Mapping[str, Party]
    subscriptions: tuple[Subscription, ...]
    now: datetime
    is_simulated: bool

    def with_case(self, case: Case) -> "CaseContext":
        """The same after the case was changed."""
        return replace(self, case=case)


async def get_case_context(tx: Transaction, *, org: OrgId, case_id: str, lock: bool = False) -> CaseContext:
    """The case as it is now, its row locked when it is to be changed. Raises CaseNotHereYet."""
    found = await get_case_contexts(tx, {(org, case_id)}, lock=lock)
    if not found:
        raise CaseNotHereYet(detail="the case or its organisation has not arrived")
    return found[org, case_id]


async def get_case_contexts(
    tx: Transaction, keys: Collection[tuple[OrgId, str]], *, lock: bool
) -> dict[tuple[OrgId, str], CaseContext]:
    """Those of the cases that have arrived; locked in the order of their ids, when they are to be changed."""
    orgs, case_ids = zip(*keys, strict=True)
    rows = await tx.rows(_LOCKED_CONTEXT if lock else _CONTEXT, (list(orgs), list(case_ids)))
    return {(OrgId(row[0]), row[5]): _context(row) for row in rows}


def _context(row: Sequence[Any]) -> CaseContext:
    _, simulated_now, system_now, parties, subscriptions, *columns = row
    people = [Party(**party) for party in orjson.loads(parties)]
    return CaseContext(
        case=case_of(columns),
        parties={party.role: party for party in people},
        subscriptions=tuple(
            Subscription(endpoint_id=item["endpoint_id"], events=tuple(item["events"]))
            for item in orjson.loads(subscriptions)
        ),
        now=simulated_now or system_now,
        is_simulated=simulated_now is not None,
    )


_CONTEXT: Final = f"""
    SELECT c.org_id::text, o.simulated_now, clock_timestamp(),
        (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'role', p.role, 'name', p.name, 'email', p.email, 'phone', p.phone, 'locale', p.locale)), '[]')::text
         FROM notify.party p WHERE p.org_id = c.org_id AND p.case_id = c.case_id),
        (SELECT coalesce(jsonb_agg(jsonb_build_object('endpoint_id', e.endpoint_id, 'events', e.events)), '[]')::text
         FROM notify.endpoint e WHERE e.org_id = c.org_id AND e.state = 'active'),
        {CASE_COLUMNS}
    FROM unnest($1::uuid[], $2::uuid[]) AS wanted (org_id, case_id)
    JOIN notify.case_view c USING (org_id, case_id) JOIN notify.organisation o USING (org_id)
"""  # noqa: S608 (constants of this file)


_LOCKED_CONTEXT: Final = f"{_CONTEXT} ORDER BY c.org_id, c.case_id FOR UPDATE OF c"
