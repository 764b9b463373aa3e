"""Published policy versions, in intake's copy of the kernel's `policy_version` table, which is the first one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from services.intake.registry.rules import PublishedVersion
from shared.kernel.errors import NotFound
from shared.kernel.ids import OrgId
from shared.packs.documents import Documents
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRow:
    """A published version as lists show it."""

    pack: str
    version: int
    effective_from: date
    digest: str
    published_at: datetime


async def published_versions(tx: Transaction, *, org: OrgId, pack: str) -> list[PublishedVersion]:
    """All versions of a pack."""
    table = tx.kernel.policy_version
    query = select(table.c.version, table.c.effective_from, table.c.digest).where(
        table.c.org_id == org, table.c.pack == pack
    )
    return [PublishedVersion(**row) for row in (await tx.execute(query)).mappings()]


async def add_version(
    tx: Transaction, *, org: OrgId, pack: str, version: PublishedVersion, documents: Documents
) -> None:
    """Store a new version."""
    await tx.execute(
        insert(tx.kernel.policy_version).values(
            org_id=org,
            pack=pack,
            version=version.version,
            effective_from=version.effective_from,
            digest=version.digest,
            sections=documents,
        )
    )


async def policy_page(tx: Transaction, *, org: OrgId, after: tuple[str, int] | None, limit: int) -> Sequence[PolicyRow]:
    """Up to `limit` versions by pack and number, beyond `after`."""
    table = tx.kernel.policy_version
    wanted: list[ColumnElement[bool]] = [table.c.org_id == org]
    if after is not None:
        wanted.append(tuple_(table.c.pack, table.c.version) > after)
    query = select(*_columns(tx)).where(*wanted).order_by(table.c.pack, table.c.version).limit(limit)
    return [PolicyRow(**row) for row in (await tx.execute(query)).mappings()]


async def get_version(tx: Transaction, *, org: OrgId, pack: str, version: int) -> tuple[PolicyRow, dict[str, Any]]:
    """One version with its documents. Raises NotFound."""
    table = tx.kernel.policy_version
    query = select(*_columns(tx), table.c.sections).where(
        table.c.org_id == org, table.c.pack == pack, table.c.version == version
    )
    row = (await tx.execute(query)).mappings().one_or_none()
    if row is None:
        raise NotFound
    values = dict(row)
    documents: dict[str, Any] = values.pop("sections")
    return PolicyRow(**values), documents


def _columns(tx: Transaction) -> list[ColumnElement[Any]]:
    columns = tx.kernel.policy_version.c
    return [columns.pack, columns.version, columns.effective_from, columns.digest, columns.published_at]
