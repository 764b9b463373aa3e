"""A file, already stored under its hash, becomes part of a case."""

from dataclasses import dataclass
from datetime import datetime

from services.intake.cases.rules.errors import CaseArchived, CasePurged
from services.intake.cases.rules.history import TimelineEntry
from services.intake.cases.store.cases import get_case, lock_case, policy_of
from services.intake.cases.store.history import add_entry
from services.intake.evidence.announce import announced
from services.intake.evidence.rules import Evidence
from services.intake.evidence.store import add_evidence, find_evidence, mark_customers, require_not_erased
from shared.kernel.actor import Actor
from shared.kernel.ids import CaseId, OrgId, new_id
from shared.platform.db.transaction import Transaction
from shared.platform.outbox.append import append


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
    """File it; the second value is False when the case had it already.

    Raises CaseUnknown, CaseArchived, CasePurged, EvidenceTermOver.
    """
    await lock_case(tx, org=cmd.org, case_id=cmd.case_id)
    case = await get_case(tx, org=cmd.org, case_id=cmd.case_id)
    if case.is_purged:
        raise CasePurged
    await require_not_erased(tx, org=cmd.org, case_id=cmd.case_id, sha256=cmd.sha256)
    present = await find_evidence(tx, org=cmd.org, case_id=cmd.case_id, kind=cmd.kind, sha256=cmd.sha256)
    if present is not None:
        if actor.is_customer and not present.by_customer:
            await mark_customers(tx, present.evidence_id, org=cmd.org, case_id=cmd.case_id)
        return present, False
    policy = await policy_of(tx, case)
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
        by_customer=actor.is_customer,
    )
    await add_evidence(tx, evidence, org=cmd.org, case_id=cmd.case_id)
    label = policy.intake.evidence_by_id[cmd.kind].label
    entry = TimelineEntry(
        entry_id=evidence.evidence_id,
        at=now,
        recorded_at=now,
        source="evidence",
        what="evidence.added",
        label_zh=f"提交材料：{label.zh}",
        label_en=f"Evidence filed: {label.en}",
        actor=actor,
        cite=policy.intake.evidence_by_id[cmd.kind].cite,
        milestone=True,
        details={"kind": cmd.kind, "sha256": cmd.sha256},
    )
    await add_entry(tx, entry, org=cmd.org, case_id=cmd.case_id)
    await append(tx, announced(evidence, case=case, actor=actor))
    return evidence, True
