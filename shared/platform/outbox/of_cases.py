"""Events about cases that another service owns: they name the case as the organisation's systems know it.

A service that follows cases keeps a row for each in its `case_view`, with `number`, `customer_ref` and `order_ref`.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from shared.contracts import topics
from shared.contracts.envelope import OfCase
from shared.kernel.ids import EventId, OrgId
from shared.platform.db.transaction import Transaction
from shared.platform.outbox.append import Outgoing, append

_FORGET: Final = """
    UPDATE {table} SET payload = (payload::jsonb || '{{"customer_ref": "", "order_ref": null}}')::text
    WHERE org_id = $1::uuid AND topic = $2 AND key = $3 AND payload::jsonb ->> 'customer_ref' <> ''
"""


class CaseReferences(NamedTuple):
    """How the organisation's systems know a case."""

    number: str
    customer_ref: str
    order_ref: str | None


_NAMED: Final = """
    SELECT org_id::text, case_id::text, number, customer_ref, order_ref
    FROM case_view JOIN unnest($1::uuid[], $2::uuid[]) AS wanted (org_id, case_id) USING (org_id, case_id)
"""


async def append_of_cases(tx: Transaction, events: Sequence[Outgoing]) -> list[EventId]:
    """Add events as `append` does, with number, customer and order of the case in those that have a place for them.

    Reads the cases of all events with one statement; a case that is not known leaves the events as they are.
    """
    wanted = {(event.org, event.data.case_id) for event in events if isinstance(event.data, OfCase)}
    if not wanted:
        return await append(tx, events)
    orgs, cases = zip(*sorted(wanted), strict=True)
    rows = await tx.rows(_NAMED, (list(orgs), list(cases)))
    known = {(org, case_id): CaseReferences(*refs) for org, case_id, *refs in rows}
    return await append(tx, [named(event, known.get((event.org, event.key))) for event in events])


async def forget_customer_in_events(tx: Transaction, *, org: OrgId, case_id: str) -> None:
    """Erase customer and order of a purged case from the events that this service has published or is about to."""
    topic = topics.PUBLISHED_BY[tx.kernel.schema][-1]
    for table in ("outbox", "outbox_archive"):
        await tx.rows(_FORGET.format(table=table), (org, topic, case_id))


def named(event: Outgoing, refs: CaseReferences | None) -> Outgoing:
    """The event with number, customer and order of its case, when it has a place for them."""
    if refs is None or not isinstance(event.data, OfCase):
        return event
    return replace(event, data=event.data.model_copy(update=refs._asdict()))
