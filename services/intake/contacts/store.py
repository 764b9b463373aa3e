"""Contacts: who got in touch, when, about what; a contact may lead to one case."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Column, ColumnElement, Index, Integer, PrimaryKeyConstraint, Table, Text, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from services.intake.contacts.rules import Contact, ContactUnknown
from services.intake.migrations.schema import METADATA
from shared.kernel.ids import CaseId, OrgId
from shared.platform.db.tables import instant_column, uuid_column
from shared.platform.db.transaction import Transaction

CONTACT: Final = Table(
    "contact",
    METADATA,
    uuid_column("org_id"),
    uuid_column("contact_id"),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("caller", JSONB, nullable=False),
    Column("summary", Text),
    Column("fields", JSONB, nullable=False),
    Column("pack", Text, nullable=False),
    Column("pack_version", Integer, key="policy_version", nullable=False),
    instant_column("received_at"),
    Column("received_by", Text, nullable=False),
    uuid_column("case_id", nullable=True),
    PrimaryKeyConstraint("org_id", "contact_id"),
    Index("ix_contact_kind", "kind"),
)


async def insert_contact(tx: Transaction, contact: Contact, *, org: OrgId) -> None:
    """Put it on record."""
    values = {name: getattr(contact, name) for name in Contact.__slots__}
    await tx.execute(insert(CONTACT).values(org_id=org, **values))


async def get_contact(tx: Transaction, *, org: OrgId, contact_id: str, lock: bool = False) -> Contact:
    """The contact, locked when it is going to change. Raises ContactUnknown."""
    query = select(*(CONTACT.c[name].label(name) for name in Contact.__slots__)).where(
        CONTACT.c.org_id == org, CONTACT.c.contact_id == contact_id
    )
    row = (await tx.execute(query.with_for_update() if lock else query)).mappings().one_or_none()
    if row is None:
        raise ContactUnknown
    return Contact(**row)


async def contact_list(
    tx: Transaction, *, org: OrgId, kind: str | None, after: str | None, limit: int
) -> Sequence[Contact]:
    """Contacts, newest first, beyond `after`."""
    wanted: list[ColumnElement[bool]] = [CONTACT.c.org_id == org]
    if kind is not None:
        wanted.append(CONTACT.c.kind == kind)
    if after is not None:
        wanted.append(CONTACT.c.contact_id < after)
    columns = (CONTACT.c[name].label(name) for name in Contact.__slots__)
    query = select(*columns).where(*wanted).order_by(CONTACT.c.contact_id.desc()).limit(limit)
    return [Contact(**row) for row in (await tx.execute(query)).mappings()]


async def link_case(tx: Transaction, *, org: OrgId, contact_id: str, case_id: CaseId) -> None:
    """Note the case that the locked contact led to."""
    await tx.execute(
        update(CONTACT).where(CONTACT.c.org_id == org, CONTACT.c.contact_id == contact_id).values(case_id=case_id)
    )


async def count_by_kind(tx: Transaction) -> dict[tuple[str, ...], float]:
    """Contacts of all organisations by kind, for the gauge."""
    return {(kind,): contacts for kind, contacts in await tx.rows("SELECT kind, count(*) FROM contact GROUP BY kind")}
