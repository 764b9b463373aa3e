"""When the next file of each of several cases is due, worked out anew in the transaction that changed the cases."""

from collections.abc import Sequence

from services.intake.dossier.store import LoadedCase
from services.intake.terms.rules import file_terms, next_erasure
from services.intake.terms.store import set_next
from shared.kernel.actor import SYSTEM
from shared.platform.db.transaction import Transaction
from shared.platform.organisation_clock import organisation_now


async def schedule_erasures(tx: Transaction, cases: Sequence[LoadedCase]) -> None:
    """Write it down for the locked cases whose packs say how long files are kept."""
    due = []
    for loaded in cases:
        if not loaded.section.evidence_retention:
            continue
        now = await organisation_now(tx, loaded.case.org)
        terms = file_terms(loaded.dossier, loaded.section, seen=loaded.seen_by(SYSTEM, now=now), zone=loaded.zone)
        at = next_erasure(terms, loaded.case, loaded.section, zone=loaded.zone)
        due.append((loaded.case.org, loaded.case.case_id, at))
    await set_next(tx, due)
