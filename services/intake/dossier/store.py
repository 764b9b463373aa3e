"""A case with everything that belongs to it, in one statement; row ↔ dataclass lives here.

To change a case, `lock` it first: the statement after the lock sees what its holder committed.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Column, ForeignKeyConstraint, PrimaryKeyConstraint, Table, Text, select
from sqlalchemy.dialects.postgresql import JSONB, insert

from services.intake.cases.rules.case import Case
from services.intake.cases.rules.errors import CaseUnknown
from services.intake.cases.store.cases import case_key, case_of, key_columns, lock_case, policy_of, reached_of
from services.intake.cases.store.tables import CASE
from services.intake.copies.store import clock_of, message_of, remedy_of
from services.intake.documents.store import document_of, record_of
from services.intake.dossier.rules.archive import ArchiveIndex, NotArchived, as_mapping
from services.intake.dossier.rules.dossier import Dossier, Drawn, context
from services.intake.evidence.store import evidence_of, with_erasures
from services.intake.links.store import LINKS, PARENT, linked_of
from services.intake.migrations.schema import METADATA
from services.intake.visits.store import visit_of
from shared.kernel.actor import Actor
from shared.kernel.ids import CaseId, OrgId
from shared.packs.intake.model.section import IntakeSection
from shared.packs.store import Policy
from shared.platform.db.tables import instant_column, uuid_column
from shared.platform.db.transaction import Transaction

ARCHIVE: Final = Table(
    "archive",
    METADATA,
    uuid_column("org_id"),
    uuid_column("case_id"),
    instant_column("archived_at"),
    Column("archived_by", Text, nullable=False),
    Column("entries", JSONB, nullable=False),
    Column("sha256", Text, nullable=False),
    PrimaryKeyConstraint("org_id", "case_id"),
    ForeignKeyConstraint(["org_id", "case_id"], [CASE.c.org_id, CASE.c.case_id]),
)


def part(table: str, *, order: str) -> str:
    """A sub-select: all rows of `table` that belong to the case `c`, as one JSON array."""
    return (
        f"(SELECT coalesce(json_agg(p ORDER BY {order}), '[]') "  # noqa: S608 (constants)
        f"FROM intake.{table} p WHERE p.org_id = c.org_id AND p.case_id = c.case_id) AS {table}"
    )


REACHED_ELSEWHERE: Final = (
    "(SELECT coalesce(json_agg("
    "json_build_object('name', t.what, 'at', t.at, 'step', NULL, 'cite', coalesce(t.cite, '')) "
    "ORDER BY t.at, t.entry_id), '[]') FROM intake.timeline_entry t "
    "WHERE t.org_id = c.org_id AND t.case_id = c.case_id AND t.milestone) AS reached_elsewhere"
)


OPEN_MESSAGES: Final = (
    "(SELECT coalesce(json_agg(m ORDER BY m.message_id), '[]') "
    "FROM intake.message_view m WHERE m.org_id = c.org_id AND m.case_id = c.case_id "
    "AND (m.state = 'to_do' OR m.state = 'outcome_unknown' AND m.repeats_at IS NULL "
    "OR m.state = 'failed' AND NOT EXISTS (SELECT FROM intake.message_view n "
    "WHERE n.org_id = m.org_id AND n.case_id = m.case_id AND n.rule = m.rule AND n.recipient = m.recipient "
    "AND n.on_event = m.on_event AND n.message_id > m.message_id))) AS open_messages"
)
"""Messages that a person delivers, those of unknown outcome that are not repeated, and those that failed and that no
later one of the same rule stands in for.

Ids of messages rise with time."""


DRAWN: Final = (
    "(SELECT coalesce(json_agg(json_build_object('sample', d.sample, 'step', d.step, 'role', d.role, 'cite', d.cite) "
    "ORDER BY d.sample, d.period), '[]') FROM intake.sample_case d "
    "WHERE d.org_id = c.org_id AND d.case_id = c.case_id AND d.step IS NOT NULL AND d.done = 'given' "
    "AND NOT EXISTS (SELECT FROM intake.timeline_entry t WHERE t.org_id = d.org_id AND t.case_id = d.case_id "
    "AND t.source = 'step' AND t.what = d.step AND t.entry_id > d.given_id)) AS drawn"
)
"""Steps to take on a drawn case, until one is taken after it was drawn. Ids of entries rise with time."""


TAKEN: Final = (
    "(SELECT coalesce(json_object_agg(s.what, s.actors), '{}') FROM "
    "(SELECT t.what, json_agg(DISTINCT t.actor) AS actors FROM intake.timeline_entry t "
    "WHERE t.org_id = c.org_id AND t.case_id = c.case_id AND t.source = 'step' GROUP BY t.what) s) AS taken"
)


def dossier_statement(*further: str) -> str:
    """The statement that reads cases with their parts, and `further` sub-selects each with an alias of its own.

    One row with one JSON document for each case of `$1::uuid[]` (organisations) and `$2::uuid[]` (cases).
    """
    parts = [
        part("document", order="p.document_id"),
        part("record", order="p.record_id"),
        part("visit", order="p.dispatched_at, p.visit_id"),
        part("evidence", order="p.evidence_id"),
        part("evidence_erasure", order="p.evidence_id"),
        part("remedy_view", order="p.remedy_id"),
        part("clock_view", order="p.started_at, p.clock_id"),
        REACHED_ELSEWHERE,
        TAKEN,
        LINKS,
        PARENT,
        OPEN_MESSAGES,
        DRAWN,
        *further,
    ]
    return (
        f"SELECT row_to_json(whole)::text FROM (SELECT c AS case_file, {', '.join(parts)} "  # noqa: S608 (constants)
        "FROM unnest($1::uuid[], $2::uuid[]) AS wanted (org_id, case_id) "
        "JOIN intake.case_file c USING (org_id, case_id)) AS whole"
    )


_DOSSIER: Final = dossier_statement()


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedCase:
    """A case with everything that belongs to it, and the policy that it is pinned to."""

    dossier: Dossier
    policy: Policy

    @property
    def case(self) -> Case:
        """The case itself."""
        return self.dossier.case

    @property
    def section(self) -> IntakeSection:
        """What the policy says to intake."""
        return self.policy.intake

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the pack's days."""
        return ZoneInfo(self.policy.pack.zone)

    def seen_by(self, actor: Actor, *, now: datetime) -> dict[str, object]:
        """The variables of every expression over the case."""
        return context(self.dossier, self.section, actor=actor, now=now)


async def load_case(tx: Transaction, *, org: OrgId, case_id: CaseId, lock: bool = False) -> LoadedCase:
    """The case, with all that are linked to it locked until the transaction ends when `lock`. Raises CaseUnknown."""
    if lock:
        await lock_case(tx, org=org, case_id=case_id)
    dossier = await get_dossier(tx, org=org, case_id=case_id)
    return LoadedCase(dossier=dossier, policy=await policy_of(tx, dossier.case))


async def load_cases(tx: Transaction, keys: Collection[tuple[OrgId, CaseId]]) -> list[LoadedCase]:
    """The same for several cases without a lock, in one statement; those that intake does not know are left out."""
    rows = await tx.rows(_DOSSIER, key_columns(keys))
    dossiers = [dossier_of(orjson.loads(text)) for (text,) in rows]
    return [LoadedCase(dossier=dossier, policy=await policy_of(tx, dossier.case)) for dossier in dossiers]


async def get_dossier(tx: Transaction, *, org: OrgId, case_id: CaseId) -> Dossier:
    """The case and its parts. Raises CaseUnknown."""
    rows = await tx.rows(_DOSSIER, ([org], [case_id]))
    if not rows:
        raise CaseUnknown
    return dossier_of(orjson.loads(rows[0][0]))


def dossier_of(row: Mapping[str, Any]) -> Dossier:
    """The dossier of a document that `dossier_statement` gave."""
    return Dossier(
        case=case_of(row["case_file"]),
        documents=tuple(document_of(item) for item in row["document"]),
        records=tuple(record_of(item) for item in row["record"]),
        visits=tuple(visit_of(item) for item in row["visit"]),
        evidence=tuple(with_erasures(map(evidence_of, row["evidence"]), row["evidence_erasure"])),
        remedies=tuple(remedy_of(item) for item in row["remedy_view"]),
        clocks=tuple(clock_of(item) for item in row["clock_view"]),
        reached_elsewhere=reached_of(row["reached_elsewhere"]),
        taken_by={step: frozenset(subjects) for step, subjects in row["taken"].items()},
        links=tuple(linked_of(item) for item in row["links"]),
        parent=next((linked_of(item) for item in row["parent"]), None),
        open_messages=tuple(message_of(item) for item in row["open_messages"]),
        drawn=tuple(Drawn(**item) for item in row["drawn"]),
        as_of=tuple(
            f"{kind}/{item[f'{kind}_id']}@{item['version']}"
            for kind in ("clock", "remedy")
            for item in row[f"{kind}_view"]
        ),
    )


async def add_archive(tx: Transaction, index: ArchiveIndex, *, case: Case, actor: Actor) -> None:
    """Insert the archive's index."""
    await tx.execute(
        insert(ARCHIVE).values(
            **case_key(case),
            archived_at=index.archived_at,
            archived_by=actor.subject,
            entries=[as_mapping(entry) for entry in index.entries],
            sha256=index.sha256,
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveRow:
    """An archive's index as it is stored."""

    archived_at: datetime
    archived_by: str
    entries: list[dict[str, Any]]
    sha256: str


async def get_archive(tx: Transaction, *, org: OrgId, case_id: CaseId) -> ArchiveRow:
    """The index of an archived case. Raises CaseUnknown, NotArchived."""
    columns = (ARCHIVE.c[name] for name in ArchiveRow.__slots__)
    joined = CASE.outerjoin(ARCHIVE, (CASE.c.org_id == ARCHIVE.c.org_id) & (CASE.c.case_id == ARCHIVE.c.case_id))
    query = select(*columns).select_from(joined).where(CASE.c.org_id == org, CASE.c.case_id == case_id)
    row = (await tx.execute(query)).mappings().one_or_none()
    if row is None:
        raise CaseUnknown
    if row["sha256"] is None:
        raise NotArchived
    return ArchiveRow(**row)
