"""A file, already stored under its hash, becomes part of a case."""

from dataclasses import dataclass
from datetime import datetime

from services.intake import announce
from services.intake.db import cases, dossiers
from services.intake.domain.case import Actor
from services.intake.domain.dossier import Dossier, Evidence
from services.intake.domain.errors import CaseArchived, CasePurged
from shared.kernel.ids import CaseId, OrgId, new_id
from shared.packs.store import pinned
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEvidence:
    """What was stored, and as what it is filed."""

    org: OrgId
    case_id: CaseId
    kind: str
    media_type: str
    size: int
    sha256: str
    filename: str | None


async def file_evidence(tx: Transaction, cmd: FileEvidence, *, actor: Actor, now: datetime) -> tuple[Evidence, bool]:
    """File it; the second value is False when the case had it already. Raises CaseUnknown, CaseArchived, CasePurged."""
    await dossiers.lock(tx, org=cmd.org, case_id=cmd.case_id)
    dossier = await dossiers.get(tx, org=cmd.org, case_id=cmd.case_id)
    if dossier.case.is_purged:
        raise CasePurged
    if (present := _present(dossier, cmd)) is not None:
        return present, False
    case = dossier.case
    policy = await pinned(tx, org=cmd.org, pack=case.pack, version=case.pack_version)
    if policy.intake.statuses_by_id[case.status].phase == "archived":
        raise CaseArchived(fields={"status": case.status})
    evidence = Evidence(
        evidence_id=new_id(),
        kind=cmd.kind,
        media_type=cmd.media_type,
        size=cmd.size,
        sha256=cmd.sha256,
        filename=cmd.filename,
        added_at=now,
        added_by=actor.subject,
    )
    await cases.add_evidence(tx, evidence, org=cmd.org, case_id=cmd.case_id)
    label = policy.intake.evidence_by_id[cmd.kind].label
    entry = cases.TimelineEntry(
        entry_id=evidence.evidence_id,
        at=now,
        recorded_at=now,
        source="evidence",
        what="evidence.added",
        label_zh=f"提交材料：{label.zh}",
        label_en=f"Evidence filed: {label.en}",
        actor=actor,
        cite=policy.intake.evidence_by_id[cmd.kind].cite,
        milestone=False,
        details={"kind": cmd.kind, "sha256": cmd.sha256},
    )
    await cases.add_entry(tx, entry, org=cmd.org, case_id=cmd.case_id)
    await announce.evidence_added(tx, case, evidence, actor=actor)
    return evidence, True


def _present(dossier: Dossier, cmd: FileEvidence) -> Evidence | None:
    same = (item for item in dossier.evidence if (item.kind, item.sha256) == (cmd.kind, cmd.sha256))
    return next(same, None)
