"""A case whose time of keeping is over is purged: its contents go, a numbered certificate says what went."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.intake import announce
from services.intake.db import cases, dossiers, purges
from services.intake.domain import retention
from services.intake.domain.case import Actor
from services.intake.domain.dossier import Dossier, context
from services.intake.domain.numbering import series
from services.intake.domain.retention import Asked, Certificate
from shared.kernel.ids import CaseId, OrgId, new_id
from shared.packs.store import Policy, pinned
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeCase:
    """Which case."""

    org: OrgId
    case_id: CaseId


async def purge_case(tx: Transaction, cmd: PurgeCase, *, actor: Actor, now: datetime) -> tuple[Certificate, Policy]:
    """Purge it. Raises CaseUnknown and what retention refuses; nothing is changed then."""
    await dossiers.lock(tx, org=cmd.org, case_id=cmd.case_id)
    dossier = await dossiers.get(tx, org=cmd.org, case_id=cmd.case_id)
    case = dossier.case
    policy = await pinned(tx, org=cmd.org, pack=case.pack, version=case.pack_version)
    asked = asked_of(dossier, policy, actor=actor, now=now)
    found = retention.permit(retention.standing(dossier, policy.intake, asked))
    gone = retention.going(dossier, policy.intake, await purges.held(tx, org=cmd.org, case_id=cmd.case_id))
    counted = series(found.rule.number, on=now.astimezone(asked.zone).date())
    number = await cases.next_number(tx, counted, org=cmd.org)
    certificate = retention.certified(found, case, asked, gone=gone, number=number)
    left = retention.purged(case, policy.intake, certificate)
    await cases.save(tx, left)
    await purges.erase(tx, left)
    await purges.add_certificate(tx, certificate, org=cmd.org)
    await cases.add_entry(tx, _entry(certificate), org=cmd.org, case_id=cmd.case_id)
    await announce.purged(tx, left, certificate)
    return certificate, policy


def asked_of(dossier: Dossier, policy: Policy, *, actor: Actor, now: datetime) -> Asked:
    """What retention is asked with, by whoever acts or looks."""
    seen = context(dossier, policy.intake, actor=actor, now=now)
    return Asked(actor=actor, now=now, zone=ZoneInfo(policy.pack.zone), seen=seen)


def _entry(certificate: Certificate) -> cases.TimelineEntry:
    rule = certificate.rule
    return cases.TimelineEntry(
        entry_id=new_id(),
        at=certificate.purged_at,
        recorded_at=certificate.purged_at,
        source="step",
        what="case.purged",
        label_zh=f"销毁：{rule.label.zh}",
        label_en=f"Purged: {rule.label.en}",
        actor=certificate.purged_by,
        cite=rule.cite,
        milestone=False,
        details={"certificate": certificate.number, "sha256": certificate.sha256},
    )
