"""Links between cases: their rows, and the sub-selects that read the cases at the other end with a case."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Index, PrimaryKeyConstraint, Table, Text

from services.intake.cases.rules.case import Case
from services.intake.cases.store.tables import CASE
from services.intake.links.rules import Linked
from services.intake.migrations.schema import METADATA
from shared.platform.db.tables import uuid_column
from shared.platform.db.transaction import Transaction

_ENDS: Final = ("child_id", "parent_id", "root_id")

LINK: Final = Table(
    "link",
    METADATA,
    *(uuid_column(name) for name in ("org_id", *_ENDS)),
    Column("relation", Text, nullable=False),
    PrimaryKeyConstraint("org_id", "child_id"),
    *(ForeignKeyConstraint(["org_id", end], [CASE.c.org_id, CASE.c.case_id]) for end in _ENDS),
    CheckConstraint("child_id <> parent_id AND child_id <> root_id", name="ends"),
    Index("ix_link_parent", "org_id", "parent_id", "child_id"),
)


def _other_end(mine: str, other: str) -> str:
    """All links of which the case `c` is the `mine` end, each with the case at the `other` end, as one JSON array."""
    elsewhere = (
        "(SELECT coalesce(jsonb_agg(t.what ORDER BY t.at, t.entry_id), '[]') FROM intake.timeline_entry t "
        "WHERE t.org_id = o.org_id AND t.case_id = o.case_id AND t.milestone)"
    )
    return (
        "(SELECT coalesce(json_agg(json_build_object('relation', l.relation, 'case_id', o.case_id, "  # noqa: S608 (constants)
        "'number', o.number, 'case_type', o.case_type, 'status', o.status, 'owner', o.owner, 'facts', o.facts, "
        f"'milestones', jsonb_path_query_array(o.milestones, '$[*].name') || {elsewhere}) ORDER BY l.child_id), '[]') "
        "FROM intake.link l JOIN intake.case_file o "
        f"ON o.org_id = l.org_id AND o.case_id = l.{other}_id WHERE l.org_id = c.org_id AND l.{mine}_id = c.case_id)"
    )


LINKS: Final = f"{_other_end('parent', 'child')} AS links"
"""A sub-select: the cases that the case `c` opened."""
PARENT: Final = f"{_other_end('child', 'parent')} AS parent"
"""A sub-select: the case that opened the case `c`, in an array of one or none."""

_INSERT: Final = """
    INSERT INTO intake.link (org_id, child_id, parent_id, root_id, relation)
    SELECT $1::uuid, $2::uuid, $3::uuid, coalesce(
        (SELECT root_id FROM intake.link WHERE org_id = $1::uuid AND child_id = $3::uuid), $3::uuid), $4::text
"""


async def insert_link(tx: Transaction, *, parent: Case, child: Case, relation: str) -> None:
    """The child is what `relation` says to the parent, for ever."""
    await tx.rows(_INSERT, (parent.org, child.case_id, parent.case_id, relation))


def linked_of(item: Mapping[str, Any]) -> Linked:
    """The case at the other end, as the sub-selects give it."""
    names = ("relation", "case_id", "number", "case_type", "status", "owner", "facts")
    return Linked(**{name: item[name] for name in names}, milestones=tuple(item["milestones"]))
