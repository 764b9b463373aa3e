"""What a purge takes out of the database, in the transaction that writes its certificate.

Triggers keep final papers, records, files and history from ever changing; they let pass only the case that
`intake.purging` names, which is set for the rest of this transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.intake.cases.rules.case import Case
from services.intake.cases.rules.errors import CaseUnknown
from services.intake.cases.store.tables import CASE, PARTY
from services.intake.contacts.store import CONTACT
from services.intake.evidence.store import EVIDENCE
from services.intake.migrations.schema import METADATA
from services.intake.retention.rules import ERASED, Certificate, NotPurged, OutsideDossier, item_as_mapping
from services.intake.search.rules import Searched, words
from services.intake.search.store import save_words
from shared.contracts import topics
from shared.contracts.intake import CaseAdvancedV1, CaseCorrectedV1, CaseRegisteredV1, EvidenceAddedV1, PartyRecordedV1
from shared.kernel.ids import CaseId, OrgId
from shared.platform.db.tables import instant_column, uuid_column
from shared.platform.db.transaction import Transaction

PURGE: Final = Table(
    "purge",
    METADATA,
    uuid_column("org_id"),
    uuid_column("case_id"),
    Column("number", Text, nullable=False),
    Column("rule", Text, nullable=False),
    instant_column("kept_since"),
    instant_column("purged_at"),
    Column("purged_by", Text, nullable=False),
    Column("entries", JSONB, nullable=False),
    Column("sha256", Text, nullable=False),
    instant_column("files_erased_at", nullable=True),
    PrimaryKeyConstraint("org_id", "case_id"),
    ForeignKeyConstraint(["org_id", "case_id"], [CASE.c.org_id, CASE.c.case_id]),
    Index("uq_purge_number", "org_id", "number", unique=True),
    Index("ix_purge_files_left", "purged_at", postgresql_where=text("files_erased_at IS NULL")),
)
"""`files_erased_at` is set once the files are erased from the store, which follows the commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeRow:
    """A certificate as it is stored."""

    number: str
    rule: str
    kept_since: datetime
    purged_at: datetime
    purged_by: str
    entries: list[dict[str, Any]]
    sha256: str
    files_erased_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The files of a purged case that may still be in the store."""

    org: OrgId
    case_id: CaseId
    hashes: Sequence[str]


async def outside_dossier(tx: Transaction, *, org: OrgId, case_id: CaseId) -> OutsideDossier:
    """What belongs to the case beside its dossier."""
    roles = select(PARTY.c.role).where(PARTY.c.org_id == org, PARTY.c.case_id == case_id)
    contacts = select(func.count()).select_from(CONTACT).where(CONTACT.c.org_id == org, CONTACT.c.case_id == case_id)
    return OutsideDossier(
        parties=list((await tx.execute(roles)).scalars()), contacts=(await tx.execute(contacts)).scalar_one()
    )


async def erase_case(tx: Transaction, case: Case) -> None:
    """Erase what the locked case leaves behind; `case` is what is left of it, one version on."""
    place = (case.org, case.case_id)
    await tx.rows("SELECT set_config('intake.purging', $1, true)", (case.case_id,))
    left = {
        "customer_ref": case.customer_ref,
        "order_ref": None,
        "description": None,
        "consulted": None,
        "is_purged": True,
    }
    await tx.execute(update(CASE).where(CASE.c.org_id == case.org, CASE.c.case_id == case.case_id).values(**left))
    for statement in _ERASE:
        await tx.rows(statement, place)
    await save_words(tx, words(Searched(number=case.number)), org=case.org, case_id=case.case_id)
    for contract, without in _IN_EVENTS.items():
        for table in ("outbox", "outbox_archive"):
            parameters = (*place, contract, orjson.dumps(without).decode(), topics.INTAKE)
            await tx.rows(_ERASE_EVENTS.format(table=table), parameters)


async def add_certificate(tx: Transaction, certificate: Certificate, *, org: OrgId) -> None:
    """Insert it; its files are still to be erased from the store."""
    await tx.execute(
        insert(PURGE).values(
            org_id=org,
            case_id=certificate.case_id,
            number=certificate.number,
            rule=certificate.rule.id,
            kept_since=certificate.since,
            purged_at=certificate.purged_at,
            purged_by=certificate.purged_by.subject,
            entries=[item_as_mapping(item) for item in certificate.erased],
            sha256=certificate.sha256,
        )
    )


async def get_certificate(tx: Transaction, *, org: OrgId, case_id: CaseId) -> PurgeRow:
    """The certificate of a purged case. Raises CaseUnknown, NotPurged."""
    columns = (PURGE.c[name] for name in PurgeRow.__slots__)
    joined = CASE.outerjoin(PURGE, (CASE.c.org_id == PURGE.c.org_id) & (CASE.c.case_id == PURGE.c.case_id))
    query = select(*columns).select_from(joined).where(CASE.c.org_id == org, CASE.c.case_id == case_id)
    row = (await tx.execute(query)).mappings().one_or_none()
    if row is None:
        raise CaseUnknown
    if row["number"] is None:
        raise NotPurged
    return PurgeRow(**row)


async def files_left(tx: Transaction, *, limit: int) -> list[Files]:
    """Purged cases whose files have not been erased yet, oldest first."""
    hashes = func.array_agg(EVIDENCE.c.sha256.distinct()).filter(EVIDENCE.c.sha256.is_not(None))
    of_case = (EVIDENCE.c.org_id == PURGE.c.org_id) & (EVIDENCE.c.case_id == PURGE.c.case_id)
    query = (
        select(PURGE.c.org_id, PURGE.c.case_id, hashes.label("hashes"))
        .outerjoin(EVIDENCE, of_case)
        .where(PURGE.c.files_erased_at.is_(None))
        .group_by(PURGE.c.org_id, PURGE.c.case_id, PURGE.c.purged_at)
        .order_by(PURGE.c.purged_at)
        .limit(limit)
    )
    rows = await tx.execute(query)
    return [Files(org=OrgId(row.org_id), case_id=CaseId(row.case_id), hashes=row.hashes or []) for row in rows]


async def count_files_left(tx: Transaction, org: OrgId) -> int:
    """How many of the organisation's purged cases may still have files in the store."""
    query = select(func.count()).select_from(PURGE).where(PURGE.c.org_id == org, PURGE.c.files_erased_at.is_(None))
    return int((await tx.execute(query)).scalar_one())


async def note_files_erased(tx: Transaction, files: Files, *, now: datetime) -> None:
    """The store has none of them any more."""
    mine = (PURGE.c.org_id == files.org, PURGE.c.case_id == files.case_id, PURGE.c.files_erased_at.is_(None))
    await tx.execute(update(PURGE).where(*mine).values(files_erased_at=now))


_ERASE: Final = (
    # Answers kept for repeated requests may quote the case, a contact or a file; repeating still has no effect.
    """UPDATE idempotency SET body = convert_to(json_build_object('case_id', $2::uuid, 'purged', true)::text, 'UTF8')
       WHERE org_id = $1::uuid AND EXISTS (
           SELECT FROM (SELECT $2::uuid AS id UNION SELECT contact_id FROM intake.contact
                        WHERE org_id = $1::uuid AND case_id = $2::uuid
                        UNION SELECT evidence_id FROM intake.evidence
                        WHERE org_id = $1::uuid AND case_id = $2::uuid) named
           WHERE position(convert_to(named.id::text, 'UTF8') IN idempotency.body) > 0)""",
    "DELETE FROM intake.party WHERE org_id = $1::uuid AND case_id = $2::uuid",
    "DELETE FROM intake.look_key WHERE org_id = $1::uuid AND case_id = $2::uuid",
    *(
        f"UPDATE intake.{table} SET {values} WHERE org_id = $1::uuid AND case_id = $2::uuid"  # noqa: S608 (constants)
        for table, values in {
            "contact": "caller = '{}', summary = NULL, fields = '{}'",
            "document": "fields = '{}', signatures = '[]', reason = NULL",
            "record": "fields = '{}'",
            "visit": "fields = '{}'",
            "evidence": "filename = NULL",
            "sample_case": "strata = '{}'",
            "timeline_entry": "details = details - 'input' - 'facts_left' - 'standing' - 'balances'",
        }.items()
    ),
)

_NEITHER: Final = {"customer_ref": ERASED, "order_ref": None}
_IN_EVENTS: Final = {
    PartyRecordedV1.TYPE: {"name": ERASED, "email": None, "phone": None},
    CaseRegisteredV1.TYPE: _NEITHER,
    CaseAdvancedV1.TYPE: {"details": {}, "record": None, "document": None} | _NEITHER,
    EvidenceAddedV1.TYPE: _NEITHER,
    CaseCorrectedV1.TYPE: _NEITHER,
}
"""What events of the case, kept for a month in case they must be published again, say instead."""
_ERASE_EVENTS: Final = """
    UPDATE {table} SET payload = (payload::jsonb || $4::text::jsonb)::text
    WHERE org_id = $1::uuid AND topic = $5::text AND key = $2::uuid::text AND type = $3::text
"""
