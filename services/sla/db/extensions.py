"""Rows of `extension`."""

from typing import Any

from sqlalchemy import Row, insert, select, update

from services.sla.db.tables import EXTENSION
from services.sla.domain.extension import Extension, ExtensionState
from shared.kernel.ids import CaseId, OrgId
from shared.platform.db.transaction import Transaction


async def add(tx: Transaction, extension: Extension) -> None:
    """Store a new request."""
    await tx.execute(insert(EXTENSION).values(_values(extension)))


async def save(tx: Transaction, extension: Extension) -> None:
    """Store a decision."""
    key = (EXTENSION.c.org_id == extension.org) & (EXTENSION.c.extension_id == extension.extension_id)
    await tx.execute(update(EXTENSION).where(key).values(_values(extension)))


async def find(tx: Transaction, *, org: OrgId, extension_id: str) -> Extension | None:
    """One request, or None when absent or another organisation's."""
    query = select(EXTENSION).where(EXTENSION.c.org_id == org, EXTENSION.c.extension_id == extension_id)
    found = (await tx.execute(query)).one_or_none()
    return _extension(found) if found is not None else None


async def of_clock(tx: Transaction, *, org: OrgId, clock_id: str) -> list[Extension]:
    """All requests for a clock, oldest first."""
    query = select(EXTENSION).where(EXTENSION.c.org_id == org, EXTENSION.c.clock_id == clock_id)
    return [_extension(row) for row in await tx.execute(query.order_by(EXTENSION.c.extension_id))]


async def of_case(tx: Transaction, *, org: OrgId, case_id: str) -> list[Extension]:
    """All requests for the clocks of a case, oldest first."""
    query = select(EXTENSION).where(EXTENSION.c.org_id == org, EXTENSION.c.case_id == case_id)
    return [_extension(row) for row in await tx.execute(query.order_by(EXTENSION.c.extension_id))]


async def lapse(tx: Transaction, *, org: OrgId, clock_ids: list[str]) -> None:
    """The clocks have ended: what was asked for them and not decided has no object any more."""
    pending = (EXTENSION.c.org_id == org) & EXTENSION.c.clock_id.in_(clock_ids) & (EXTENSION.c.state == "pending")
    await tx.execute(update(EXTENSION).where(pending).values(state=ExtensionState.LAPSED.value))


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
