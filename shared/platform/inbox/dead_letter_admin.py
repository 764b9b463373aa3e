"""What an operator does with dead letters and parked keys; each change is audited in its transaction.

A replay only marks keys: the worker's job runs the events through the worker's handlers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, RowMapping, Table, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from shared.kernel.errors import NotFound
from shared.kernel.text import Text
from shared.platform.db.transaction import Transaction
from shared.platform.inbox.dead_letter import audit
from shared.platform.inbox.ordering_key import KEY_COLUMNS, same_key
from shared.platform.inbox.seen_events import set_outcome

DeadLetterState = Literal["open", "replayed", "discarded"]
MOST_LISTED: Final = 500


class DeadLetterNotFound(NotFound):
    """No dead letter with this id here, or it has been dealt with."""

    code = "dead_letter_not_found"
    title = Text(en="Dead letter not found", zh="未找到死信")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which keys or dead letters; an attribute that is None does not restrict."""

    org: str | None = None
    key: str | None = None
    consumer: str | None = None

    def of(self, table: Table) -> list[ColumnElement[bool]]:
        """The conditions on a table that has these columns."""
        wanted = {"org_id": self.org, "key": self.key, "consumer": self.consumer}
        return [table.c[name] == value for name, value in wanted.items() if value is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedKey:
    """A key whose events wait, and why."""

    org: str
    consumer: str
    topic: str
    key: str
    state: str
    code: str
    error: str
    waiting: int
    parked_at: datetime


async def dead_letters(tx: Transaction, choice: Choice, *, state: DeadLetterState = "open") -> Sequence[RowMapping]:
    """Dead letters without key, value and headers, oldest first."""
    table = tx.kernel.dead_letter
    columns = [column for column in table.c if column.name not in {"value", "headers", "record_key"}]
    statement = select(*columns).where(table.c.state == state, *choice.of(table))
    return (await tx.execute(statement.order_by(table.c.created_at).limit(MOST_LISTED))).mappings().all()


async def get_dead_letter(tx: Transaction, dead_letter_id: str) -> RowMapping:
    """One dead letter with all its columns; raises DeadLetterNotFound."""
    table = tx.kernel.dead_letter
    found = await tx.execute(select(table).where(table.c.dead_letter_id == dead_letter_id))
    row = found.mappings().one_or_none()
    if row is None:
        raise DeadLetterNotFound(detail=f"there is no dead letter {dead_letter_id}")
    return row


async def parked_keys(tx: Transaction, choice: Choice) -> list[ParkedKey]:
    """Parked keys with the number of events behind each, longest parked first."""
    keys, events = tx.kernel.parked_key, tx.kernel.parked_event
    same = (events.c[name] == keys.c[name] for name in KEY_COLUMNS)
    waiting = select(func.count()).where(*same).scalar_subquery()
    statement = select(keys, waiting.label("waiting")).where(*choice.of(keys))
    found = await tx.execute(statement.order_by(keys.c.parked_at).limit(MOST_LISTED))
    return [
        ParkedKey(
            org=row["org_id"],
            consumer=row["consumer"],
            topic=row["topic"],
            key=row["key"],
            state=row["state"],
            code=row["code"],
            error=row["error"],
            waiting=row["waiting"],
            parked_at=row["parked_at"],
        )
        for row in found.mappings()
    ]


async def request_replay(tx: Transaction, choice: Choice, *, operator: str) -> list[ParkedKey]:
    """Mark the chosen keys for the worker; dead letters without a readable key are queued first."""
    await _queue_unreadable(tx, choice)
    table = tx.kernel.parked_key
    await tx.execute(update(table).where(*choice.of(table)).values(state="replaying", retry_at=None))
    chosen = await parked_keys(tx, choice)
    for key in chosen:
        details: dict[str, object] = {
            "consumer": key.consumer,
            "topic": key.topic,
            "key": key.key,
            "events": key.waiting,
        }
        await audit(tx, operator=operator, action="dead-letter.replay", org=key.org, details=details)
    return chosen


async def discard(tx: Transaction, dead_letter_id: str, *, operator: str, reason: str) -> None:
    """Discard an event for good and mark the events behind it for the worker."""
    row = await get_dead_letter(tx, dead_letter_id)
    if row["state"] != "open":
        raise DeadLetterNotFound(detail=f"dead letter {dead_letter_id} is {row['state']}")
    table, events, keys = tx.kernel.dead_letter, tx.kernel.parked_event, tx.kernel.parked_key
    parked = same_key(keys, row)
    await tx.execute(select(keys).where(*parked).with_for_update())
    await tx.execute(
        delete(events).where(
            events.c.consumer == row["consumer"],
            events.c.topic == row["topic"],
            events.c.partition == row["partition"],
            events.c.record_offset == row["record_offset"],
        )
    )
    if row["event_id"] is not None:
        await set_outcome(tx, row["consumer"], event_ids=[row["event_id"]], outcome="dead")
    await tx.execute(update(keys).where(*parked).values(state="replaying", retry_at=None))
    mine = table.c.dead_letter_id == dead_letter_id
    await tx.execute(update(table).where(mine).values(state="discarded", closed_at=func.now()))
    details: dict[str, object] = {"dead_letter_id": dead_letter_id, "event_id": row["event_id"], "reason": reason}
    await audit(tx, operator=operator, action="dead-letter.discard", org=row["org_id"], details=details)


async def _queue_unreadable(tx: Transaction, choice: Choice) -> None:
    """Park the dead letters that have no event id, so that the worker replays them as others."""
    table, keys, events = tx.kernel.dead_letter, tx.kernel.parked_key, tx.kernel.parked_event
    wanted = (table.c.state == "open", table.c.event_id.is_(None), *choice.of(table))
    for row in (await tx.execute(select(table).where(*wanted).limit(MOST_LISTED))).mappings().all():
        ordering_key: dict[str, Any] = {name: row[name] for name in KEY_COLUMNS}
        why = {"event_id": row["dead_letter_id"], "code": row["code"], "error": row["error"]}
        await tx.execute(insert(keys).values(**ordering_key, **why).on_conflict_do_nothing())
        copied = ("partition", "record_offset", "record_key", "headers", "value")
        record = {name: row[name] for name in copied}
        queued = insert(events).values(**ordering_key, event_id=row["dead_letter_id"], **record)
        await tx.execute(queued.on_conflict_do_nothing())
