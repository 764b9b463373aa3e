"""The table `extension`: requests for a later due instant and their outcome."""

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Row,
    Table,
    Text,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from services.sla.cases.rules import CaseKey
from services.sla.extensions.rules.extension import Extension, ExtensionState
from services.sla.migrations.schema import METADATA
from shared.kernel.errors import NotFound
from shared.kernel.ids import CaseId, OrgId
from shared.platform.db.tables import instant_column, uuid_column
from shared.platform.db.transaction import Transaction

EXTENSION: Final = Table(
    "extension",
    METADATA,
    uuid_column("org_id", primary_key=True),
    uuid_column("extension_id", primary_key=True),
    uuid_column("case_id"),
    uuid_column("clock_id"),
    Column("state", Text, nullable=False),
    Column("opinion", Text, nullable=False),
    Column("evidence", ARRAY(Text), nullable=False),
    instant_column("due_at_then"),
    instant_column("proposed_due_at"),
    Column("approver_role", Text, nullable=False),
    Column("requested_by", Text, nullable=False),
    instant_column("requested_at"),
    Column("cite", Text, nullable=False),
    Column("decided_by", Text),
    instant_column("decided_at", nullable=True),
    instant_column("granted_due_at", nullable=True),
    Column("after_breach", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    ForeignKeyConstraint(["org_id", "clock_id"], ["sla.clock.org_id", "sla.clock.clock_id"]),
    CheckConstraint("state IN ('pending', 'granted', 'rejected', 'lapsed')", name="state"),
    CheckConstraint("(state = 'granted') = (granted_due_at IS NOT NULL)", name="granted_due_at"),
    CheckConstraint("(state IN ('granted', 'rejected')) = (decided_by IS NOT NULL)", name="decided_by"),
    CheckConstraint("decided_by <> requested_by", name="four_eyes"),
    CheckConstraint("proposed_due_at > due_at_then", name="proposed_due_at"),
    Index("ix_extension_clock", "org_id", "clock_id"),
    Index("ix_extension_state", "org_id", "state", "extension_id"),
    Index("uq_extension_pending", "org_id", "clock_id", unique=True, postgresql_where=text("state = 'pending'")),
)


async def add(tx: Transaction, extension: Extension) -> None:
    """Store a new request."""
    await tx.execute(insert(EXTENSION).values(_values(extension)))


async def save(tx: Transaction, extension: Extension) -> None:
    """Store a decision."""
    key = (EXTENSION.c.org_id == extension.org) & (EXTENSION.c.extension_id == extension.extension_id)
    await tx.execute(update(EXTENSION).where(key).values(_values(extension)))


async def get(tx: Transaction, *, org: OrgId, extension_id: str) -> Extension:
    """One request. Raises NotFound for an absent one or another organisation's."""
    query = select(EXTENSION).where(EXTENSION.c.org_id == org, EXTENSION.c.extension_id == extension_id)
    found = (await tx.execute(query)).one_or_none()
    if found is None:
        raise NotFound
    return _extension(found)


async def of_clock(tx: Transaction, *, org: OrgId, clock_id: str) -> list[Extension]:
    """All requests for a clock, oldest first."""
    query = select(EXTENSION).where(EXTENSION.c.org_id == org, EXTENSION.c.clock_id == clock_id)
    return [_extension(row) for row in await tx.execute(query.order_by(EXTENSION.c.extension_id))]


async def of_case(tx: Transaction, *, org: OrgId, case_id: str) -> list[Extension]:
    """All requests for the clocks of a case, oldest first."""
    query = select(EXTENSION).where(EXTENSION.c.org_id == org, EXTENSION.c.case_id == case_id)
    return [_extension(row) for row in await tx.execute(query.order_by(EXTENSION.c.extension_id))]


async def in_state(
    tx: Transaction, *, org: OrgId, state: str, approver_role: str | None, after: str | None, limit: int
) -> list[Extension]:
    """Requests in a state, oldest first, beyond `after`; of those that a role decides where one is given."""
    query = select(EXTENSION).where(EXTENSION.c.org_id == org, EXTENSION.c.state == state)
    if approver_role is not None:
        query = query.where(EXTENSION.c.approver_role == approver_role)
    if after is not None:
        query = query.where(EXTENSION.c.extension_id > after)
    return [_extension(row) for row in await tx.execute(query.order_by(EXTENSION.c.extension_id).limit(limit))]


async def lapse(tx: Transaction, cases: Collection[CaseKey]) -> None:
    """End the pending requests for clocks of these cases that have ended."""
    orgs, ids = [org for org, _ in cases], [case_id for _, case_id in cases]
    await tx.rows(_LAPSE, (orgs, ids, ExtensionState.LAPSED.value, ExtensionState.PENDING.value))


_LAPSE: Final = """
    UPDATE extension SET state = $3
    FROM clock JOIN unnest($1::uuid[], $2::uuid[]) AS wanted (org_id, case_id)
        ON clock.org_id = wanted.org_id AND clock.case_id = wanted.case_id
    WHERE extension.org_id = clock.org_id AND extension.clock_id = clock.clock_id
        AND clock.stopped_at IS NOT NULL AND extension.state = $4
"""


def _values(extension: Extension) -> dict[str, object]:
    return {
        "org_id": extension.org,
        "extension_id": extension.extension_id,
        "case_id": extension.case_id,
        "clock_id": extension.clock_id,
        "state": extension.state.value,
        "opinion": extension.opinion,
        "evidence": list(extension.evidence),
        "due_at_then": extension.due_at_then,
        "proposed_due_at": extension.proposed_due_at,
        "approver_role": extension.approver_role,
        "requested_by": extension.requested_by,
        "requested_at": extension.requested_at,
        "cite": extension.cite,
        "decided_by": extension.decided_by,
        "decided_at": extension.decided_at,
        "granted_due_at": extension.granted_due_at,
        "after_breach": extension.after_breach,
        "reason": extension.reason,
    }


def _extension(row: Row[Any]) -> Extension:
    return Extension(
        org=OrgId(row.org_id),
        case_id=CaseId(row.case_id),
        clock_id=row.clock_id,
        extension_id=row.extension_id,
        state=ExtensionState(row.state),
        opinion=row.opinion,
        evidence=tuple(row.evidence),
        due_at_then=row.due_at_then,
        proposed_due_at=row.proposed_due_at,
        approver_role=row.approver_role,
        requested_by=row.requested_by,
        requested_at=row.requested_at,
        cite=row.cite,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        granted_due_at=row.granted_due_at,
        after_breach=row.after_breach,
        reason=row.reason,
    )


async def count_by_state(tx: Transaction) -> dict[str, int]:
    """How many extensions of all organisations are in each state, for the gauge."""
    counted = await tx.rows("SELECT state, count(*) FROM extension GROUP BY state")
    return dict(counted)
