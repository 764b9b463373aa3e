"""What an operator does about dead letters and parked keys; every change is audited where it is made.

Replaying only marks keys: the worker's own job runs the events, through the handlers it has.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, RowMapping, Table, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from shared.kernel.errors import NotFound
from shared.platform.db.transaction import Transaction
from shared.platform.inbox.dead_letter import audit
from shared.platform.inbox.ledger import set_outcome
from shared.platform.inbox.ordering_key import LANE_COLUMNS, of_lane

LetterState = Literal["open", "replayed", "discarded"]
MOST_LISTED: Final = 500


class LetterNotFound(NotFound):
    """No dead letter with this id here, or it has been dealt with."""

    code = "dead_letter_not_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which keys or letters; what is None does not restrict."""

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


async def letters(tx: Transaction, choice: Choice, *, state: LetterState = "open") -> Sequence[RowMapping]:
    """Dead letters without their bytes, oldest first."""
    table = tx.kernel.dead_letter
    columns = [column for column in table.c if column.name not in {"value", "headers", "record_key"}]
    statement = select(*columns).where(table.c.state == state, *choice.of(table))
    return (await tx.execute(statement.order_by(table.c.created_at).limit(MOST_LISTED))).mappings().all()


async def letter(tx: Transaction, letter_id: str) -> RowMapping:
    """One dead letter with everything."""
    table = tx.kernel.dead_letter
    found = await tx.execute(select(table).where(table.c.dead_letter_id == letter_id))
    row = found.mappings().one_or_none()
    if row is None:
        raise LetterNotFound(detail=f"there is no dead letter {letter_id}")
    return row


async def parked_keys(tx: Transaction, choice: Choice) -> list[ParkedKey]:
    """Parked keys with the number of events behind each, longest parked first."""
    keys, events = tx.kernel.parked_key, tx.kernel.parked_event
    same = (events.c[name] == keys.c[name] for name in LANE_COLUMNS)
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
    """Mark the chosen keys for the worker; letters of events that had no readable key are queued first."""
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


async def discard(tx: Transaction, letter_id: str, *, operator: str, reason: str) -> None:
    """Give an event up for good; the events behind it are marked for the worker to go on with."""
    row = await letter(tx, letter_id)
    if row["state"] != "open":
        raise LetterNotFound(detail=f"dead letter {letter_id} is {row['state']}")
    letters_table, events, keys = tx.kernel.dead_letter, tx.kernel.parked_event, tx.kernel.parked_key
    parked = of_lane(keys, row)
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
    mine = letters_table.c.dead_letter_id == letter_id
    await tx.execute(update(letters_table).where(mine).values(state="discarded", closed_at=func.now()))
    details: dict[str, object] = {"dead_letter_id": letter_id, "event_id": row["event_id"], "reason": reason}
    await audit(tx, operator=operator, action="dead-letter.discard", org=row["org_id"], details=details)


async def _queue_unreadable(tx: Transaction, choice: Choice) -> None:
    """Letters without an event id were never parked: give them a key and a queue, as if they had been."""
    table, keys, events = tx.kernel.dead_letter, tx.kernel.parked_key, tx.kernel.parked_event
    wanted = (table.c.state == "open", table.c.event_id.is_(None), *choice.of(table))
    for row in (await tx.execute(select(table).where(*wanted).limit(MOST_LISTED))).mappings().all():
        lane: dict[str, Any] = {name: row[name] for name in LANE_COLUMNS}
        why = {"event_id": row["dead_letter_id"], "code": row["code"], "error": row["error"]}
        await tx.execute(insert(keys).values(**lane, **why).on_conflict_do_nothing())
        copied = ("partition", "record_offset", "record_key", "headers", "value")
        record = {name: row[name] for name in copied}
        queued = insert(events).values(**lane, event_id=row["dead_letter_id"], **record)
        await tx.execute(queued.on_conflict_do_nothing())
