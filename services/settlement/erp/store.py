"""Table `erp_address`: one row for each organisation, its secrets sealed."""

from typing import Any, Final

from sqlalchemy import CheckConstraint, Column, LargeBinary, PrimaryKeyConstraint, Row, Table, Text, func, select
from sqlalchemy.dialects.postgresql import insert

from services.settlement.erp.rules import ErpAddress, Scheme
from services.settlement.migrations.schema import METADATA, one_of
from shared.kernel.ids import OrgId
from shared.platform.db.tables import instant_column, uuid_column
from shared.platform.db.transaction import Transaction
from shared.platform.sealing import HEAD_BYTES, Sealer

ERP: Final = Table(
    "erp_address",
    METADATA,
    uuid_column("org_id"),
    Column("url", Text, nullable=False),
    Column("scheme", Text, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("callback_secret", LargeBinary),
    Column("set_by", Text, nullable=False),
    instant_column("set_at"),
    PrimaryKeyConstraint("org_id"),
    CheckConstraint(one_of("scheme", Scheme), name="scheme"),
)


async def find(tx: Transaction, *, org: OrgId, sealer: Sealer) -> ErpAddress | None:
    """The organisation's ERP. Raises SealBroken when its secrets were sealed with a key that is gone."""
    row = (await tx.execute(select(ERP).where(ERP.c.org_id == org))).one_or_none()
    return None if row is None else _address(row, sealer)


async def calls_back(tx: Transaction, *, org: OrgId) -> bool | None:
    """Whether the organisation's ERP may call back; None where it has no ERP."""
    query = select(ERP.c.callback_secret.is_not(None)).where(ERP.c.org_id == org)
    found: bool | None = (await tx.execute(query)).scalar_one_or_none()
    return found


async def url_of(tx: Transaction, *, org: OrgId) -> str | None:
    """The address of the organisation's ERP; None where it has no ERP."""
    found: str | None = (await tx.execute(select(ERP.c.url).where(ERP.c.org_id == org))).scalar_one_or_none()
    return found


async def save(tx: Transaction, address: ErpAddress, *, sealer: Sealer) -> None:
    """Store or replace the organisation's ERP."""
    callback = address.callback_secret
    values = {
        "url": address.url,
        "scheme": address.scheme.value,
        "secret": sealer.seal(address.secret.encode(), about=_about(address.org, "secret")),
        "callback_secret": None
        if callback is None
        else sealer.seal(callback.encode(), about=_about(address.org, "callback")),
        "set_by": address.set_by,
        "set_at": address.set_at,
    }
    statement = insert(ERP).values(org_id=address.org, **values)
    await tx.execute(statement.on_conflict_do_update(index_elements=[ERP.c.org_id], set_=values))


async def lock_to_seal(tx: Transaction, *, sealer: Sealer, limit: int) -> list[ErpAddress]:
    """ERPs whose secrets an older key has sealed, locked; those of other transactions are left out."""
    is_older = func.substring(ERP.c.secret, 1, HEAD_BYTES).in_(sealer.older_heads)
    rows = select(ERP).where(is_older).limit(limit).with_for_update(skip_locked=True)
    return [_address(row, sealer) for row in await tx.execute(rows)]


def _address(row: Row[Any], sealer: Sealer) -> ErpAddress:
    org = OrgId(row.org_id)
    callback = row.callback_secret
    return ErpAddress(
        org=org,
        url=row.url,
        scheme=Scheme(row.scheme),
        secret=sealer.open(row.secret, about=_about(org, "secret")).decode(),
        callback_secret=None if callback is None else sealer.open(callback, about=_about(org, "callback")).decode(),
        set_by=row.set_by,
        set_at=row.set_at,
    )


def _about(org: OrgId, name: str) -> str:
    return f"settlement.erp:{org}:{name}"
