"""The tables of links to a case; every service keeps both in its own schema.

`case_link` is written by intake, which issues links, and copied by the others from its events. `case_link_use` is of
each service alone: an action that a link permits once belongs to one service.
"""

from sqlalchemy import Column, Index, MetaData, PrimaryKeyConstraint, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from shared.platform.db.tables import instant_column, uuid_column


def link_tables(metadata: MetaData) -> tuple[Table, Table]:
    """Attach both tables to a service's metadata."""
    return (
        Table(
            "case_link",
            metadata,
            uuid_column("org_id"),
            uuid_column("link_id"),
            uuid_column("case_id"),
            Column("holder", Text, nullable=False),
            Column("may", ARRAY(Text), nullable=False),
            Column("once", ARRAY(Text), nullable=False),
            instant_column("issued_at"),
            instant_column("expires_at"),
            instant_column("revoked_at", nullable=True),
            PrimaryKeyConstraint("org_id", "link_id"),
            Index("ix_case_link_case", "org_id", "case_id", "link_id"),
        ),
        Table(
            "case_link_use",
            metadata,
            uuid_column("org_id"),
            uuid_column("link_id"),
            Column("action", Text, nullable=False),
            instant_column("used_at"),
            PrimaryKeyConstraint("org_id", "link_id", "action"),
        ),
    )
