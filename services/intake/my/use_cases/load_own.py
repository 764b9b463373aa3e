"""Load a case that the calling customer owns."""

from services.intake.dossier.store import LoadedCase, load_case
from services.intake.my.rules import require_shown
from shared.kernel.ids import CaseId
from shared.platform.auth.caller import Caller
from shared.platform.db.transaction import Transaction


async def load_own(tx: Transaction, caller: Caller, case_id: CaseId, *, lock: bool = False) -> LoadedCase:
    """The case. Raises NotFound for one that is not the caller's, or that customers do not see."""
    loaded = await load_case(tx, org=caller.org, case_id=case_id, lock=lock)
    caller.require_own(case_id=case_id, customer_ref=loaded.case.customer_ref)
    require_shown(loaded.case, loaded.section)
    return loaded
