"""Purges a case whose retention period is over: its contents are erased, a numbered certificate lists them."""

from dataclasses import dataclass
from datetime import datetime

from services.intake.cases.rules.history import TimelineEntry
from services.intake.cases.rules.numbering import series
from services.intake.cases.store.cases import save_case
from services.intake.cases.store.counters import next_number
from services.intake.cases.store.history import add_entry
from services.intake.dossier.store import LoadedCase, load_case
from services.intake.retention.announce import announced
from services.intake.retention.rules import (
    Certificate,
    PurgeRequest,
    certified,
    erased_items,
    permit_purge,
    purged_case,
    retention_status,
)
from services.intake.retention.store import add_certificate, erase_case, outside_dossier
from shared.kernel.actor import Actor
from shared.kernel.ids import CaseId, OrgId, new_id
from shared.packs.store import Policy
from shared.platform.db.transaction import Transaction
from shared.platform.links.store import forget_links
from shared.platform.outbox.append import append


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeCase:
    """Which case."""

    org: OrgId
    case_id: CaseId


async def purge_case(tx: Transaction, cmd: PurgeCase, *, actor: Actor, now: datetime) -> tuple[Certificate, Policy]:
    """Purge it. Raises CaseUnknown and what retention refuses; nothing is changed then."""
    loaded = await load_case(tx, org=cmd.org, case_id=cmd.case_id, lock=True)
    case, dossier, policy = loaded.case, loaded.dossier, loaded.policy
    asked = purge_request(loaded, actor=actor, now=now)
    found = permit_purge(retention_status(dossier, policy.intake, asked))
    erased = erased_items(dossier, policy.intake, await outside_dossier(tx, org=cmd.org, case_id=cmd.case_id))
    counted = series(found.rule.number, on=now.astimezone(asked.zone).date())
    number = await next_number(tx, counted, org=cmd.org)
    certificate = certified(found, case, asked, erased=erased, number=number)
    left = purged_case(case, policy.intake, certificate)
    await save_case(tx, left, now=now)
    await erase_case(tx, left)
    await forget_links(tx, org=cmd.org, case_id=cmd.case_id)
    await add_certificate(tx, certificate, org=cmd.org)
    await add_entry(tx, _entry(certificate), org=cmd.org, case_id=cmd.case_id)
    await append(tx, announced(certificate, case=left))
    return certificate, policy


def purge_request(loaded: LoadedCase, *, actor: Actor, now: datetime) -> PurgeRequest:
    """What retention decides on, for a purge as for the page that shows whether one is permitted."""
    return PurgeRequest(actor=actor, now=now, zone=loaded.zone, seen=loaded.seen_by(actor, now=now))


def _entry(certificate: Certificate) -> TimelineEntry:
    rule = certificate.rule
    return TimelineEntry(
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
