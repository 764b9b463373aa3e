"""The ordering key: the events of one organisation's key on one topic are handled in order and parked together.

Order is promised per topic and key: an event that waits for an event of another topic does not delay it.
"""

from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, RowMapping, Table

KEY_COLUMNS: Final = ("org_id", "consumer", "topic", "key")


class OrderingKey(NamedTuple):
    """A key of an organisation on a topic."""

    org: str
    topic: str
    key: str


def same_key(table: Table, row: RowMapping) -> tuple[ColumnElement[bool], ...]:
    """The conditions under which a row of `table` has the consumer and the ordering key of `row`."""
    return tuple(table.c[name] == row[name] for name in KEY_COLUMNS)
