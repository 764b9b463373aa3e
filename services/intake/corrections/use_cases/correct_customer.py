"""A person puts right what was written down wrongly about the customer of a case."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.intake.cases.rules.case import looker_of
from services.intake.cases.rules.history import TimelineEntry
from services.intake.cases.rules.party import customer_of
from services.intake.cases.store.history import add_entry
from services.intake.corrections.announce import announced
from services.intake.corrections.rules import Before, Corrected, correct
from services.intake.corrections.store import parties_of, save_correction
from services.intake.customer_links.use_cases.replace_customers import replace_customers_links
from services.intake.dossier.store import LoadedCase, load_case
from services.intake.looks.use_cases.require_unique import RequireUnique, require_unique
from shared.kernel.actor import Actor
from shared.kernel.ids import CaseId, OrgId, new_id
from shared.platform.db.transaction import Transaction
from shared.platform.outbox.append import append


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectCustomer:
    """Which case, the right values by field, and why."""

    org: OrgId
    case_id: CaseId
    stated: Mapping[str, str | None]
    reason: str


async def correct_customer(
    tx: Transaction, cmd: CorrectCustomer, *, actor: Actor, now: datetime
) -> tuple[Corrected, TimelineEntry]:
    """Correct it, note who changed what, and publish it.

    Raises CaseUnknown, the refusals of `correct`, and the pack's where another case has what only one may have.
    """
    loaded = await load_case(tx, org=cmd.org, case_id=cmd.case_id, lock=True)
    parties = await parties_of(tx, org=cmd.org, case_id=cmd.case_id)
    before = Before(
        case=loaded.case,
        customer=customer_of(parties),
        remedies=loaded.dossier.remedies,
        section=loaded.section,
    )
    corrected = correct(before, cmd.stated)
    entry = _entry(corrected, cmd, actor=actor, now=now)
    await _require_unique(tx, corrected, loaded)
    await save_correction(tx, corrected, parties=parties, now=now)
    await add_entry(tx, entry, org=cmd.org, case_id=cmd.case_id)
    if corrected.reaches_another:
        await replace_customers_links(tx, corrected.case, loaded.policy, actor=actor, now=now)
    await append(tx, announced(corrected, entry))
    return corrected, entry


async def _require_unique(tx: Transaction, corrected: Corrected, loaded: LoadedCase) -> None:
    case = corrected.case
    unique = loaded.section.unique_of(case.case_type)
    cmd = RequireUnique(unique=unique, looker=looker_of(case), received_at=case.received_at, zone=loaded.zone)
    await require_unique(tx, cmd, before=looker_of(loaded.case))


def _entry(corrected: Corrected, cmd: CorrectCustomer, *, actor: Actor, now: datetime) -> TimelineEntry:
    """A purge erases `input`, with the reason and the values, and leaves which fields were corrected."""
    changes = corrected.changes
    values = {
        "old": {change.name: change.old for change in changes},
        "new": {change.name: change.new for change in changes},
    }
    return TimelineEntry(
        entry_id=new_id(),
        at=now,
        recorded_at=now,
        source="correction",
        what="case.corrected",
        label_zh="更正客户信息",
        label_en="Customer corrected",
        actor=actor,
        cite=None,
        milestone=False,
        details={"fields": [change.name for change in changes], "input": {"reason": cmd.reason, **values}},
    )
