"""How many clocks have not ended, by when they are due: one statement over the index of those clocks."""

from typing import Final, NamedTuple

from services.sla.clocks.store.tables import OPEN
from shared.platform.db.transaction import Transaction


class Counted(NamedTuple):
    """Clocks of one case type and status that are due in the same span."""

    case_type: str
    status: str
    due: str
    clocks: int


_COUNT: Final = f"""
    SELECT v.case_type, c.status,
        CASE WHEN c.due_at IS NULL THEN 'undated' WHEN c.due_at <= n.now THEN 'overdue'
            WHEN c.due_at <= n.now + interval '1 hour' THEN 'hour' WHEN c.due_at <= n.now + interval '1 day' THEN 'day'
            ELSE 'later' END AS due,
        count(*)
    FROM clock c
    JOIN case_view v ON v.org_id = c.org_id AND v.case_id = c.case_id
    JOIN (SELECT org_id, coalesce(simulated_now, now()) AS now FROM organisation) n ON n.org_id = c.org_id
    WHERE c.{OPEN}
    GROUP BY 1, 2, 3
"""  # noqa: S608 (a constant)


async def count_open(tx: Transaction) -> list[Counted]:
    """The clocks of all organisations that have not ended, each due by its organisation's own instant."""
    return [Counted._make(row) for row in await tx.rows(_COUNT)]
