"""The files of one case whose term is over: what stays of them is written down, once, under the lock of the case."""

from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from services.intake.cases.rules.case import present
from services.intake.cases.rules.history import TimelineEntry
from services.intake.cases.store.history import add_entries
from services.intake.dossier.store import load_case
from services.intake.evidence.rules import Erasure
from services.intake.terms.rules import (
    FileTerm,
    erasure_of,
    file_terms,
    holding,
    is_handled,
    next_erasure,
    over,
)
from services.intake.terms.store import Due, add_erasure, set_next
from shared.kernel.actor import SYSTEM
from shared.kernel.ids import new_id
from shared.packs.intake.model.section import IntakeSection
from shared.platform.db.transaction import Transaction
from shared.platform.organisation_clock import organisation_now

_A_DAY: Final = timedelta(days=1)


async def erase_due(tx: Transaction, cmd: Due) -> None:
    """Erase what is due, and say when the case is looked at again. A held case is looked at again the next day."""
    loaded = await load_case(tx, org=cmd.org, case_id=cmd.case_id, lock=True)
    case, section, zone = loaded.case, loaded.section, loaded.zone
    now = present(case, await organisation_now(tx, cmd.org))
    seen = loaded.seen_by(SYSTEM, now=now)
    terms = file_terms(loaded.dossier, section, seen=seen, zone=zone)
    due = () if case.is_purged or is_handled(case, section) else over(terms, today=now.astimezone(zone).date())
    if due and holding(case, section, seen=seen) is not None:
        await set_next(tx, [(cmd.org, cmd.case_id, _tomorrow(now, zone))])
        return
    erased = [(term, erasure_of(term, now=now)) for term in due]
    for term, erasure in erased:
        await add_erasure(tx, term.file, erasure, org=cmd.org, case_id=cmd.case_id)
    if erased:
        lines = [(cmd.org, cmd.case_id, _entry(term, erasure, section)) for term, erasure in erased]
        await add_entries(tx, lines)
    gone = {term.file.evidence_id for term in due}
    left = [term for term in terms if term.file.evidence_id not in gone]
    await set_next(tx, [(cmd.org, cmd.case_id, next_erasure(left, case, section, zone=zone))])


def _tomorrow(now: datetime, zone: ZoneInfo) -> datetime:
    return datetime.combine(now.astimezone(zone).date() + _A_DAY, time.min, zone).astimezone(UTC)


def _entry(term: FileTerm, erasure: Erasure, section: IntakeSection) -> TimelineEntry:
    label = section.evidence_by_id[term.file.kind].label
    return TimelineEntry(
        entry_id=new_id(),
        at=erasure.erased_at,
        recorded_at=erasure.erased_at,
        source="evidence",
        what="evidence.erased",
        label_zh=f"材料保存期满，已删除：{label.zh}",
        label_en=f"Evidence erased at the end of its term: {label.en}",
        actor=SYSTEM,
        cite=erasure.cite,
        milestone=False,
        details={
            "kind": term.file.kind,
            "sha256": term.file.sha256,
            "rule": erasure.rule,
            "until": erasure.until.isoformat(),
        },
    )
