"""A lane: the events of one key on one topic, which are handled in order and parked together.

Order is promised per topic and key, so an event that waits for another topic's never stands in its way.
"""

from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, RowMapping, Table

LANE_COLUMNS: Final = ("org_id", "consumer", "topic", "key")


class Lane(NamedTuple):
    """An organisation's key on a topic."""

    org: str
    topic: str
    key: str


def of_lane(table: Table, row: RowMapping) -> tuple[ColumnElement[bool], ...]:
    """The conditions under which a row of `table` belongs to the consumer's lane that `row` names."""
    return tuple(table.c[name] == row[name] for name in LANE_COLUMNS)
