"""Load a case, or an offer on it, that the calling customer owns."""

from services.settlement.cases import store as cases
from services.settlement.cases.rules import Case
from services.settlement.remedies.rules.errors import RemedyUnknown
from services.settlement.remedies.store import remedies
from shared.kernel.errors import NotFound
from shared.packs.store import Policy, pinned
from shared.platform.auth.caller import Caller
from shared.platform.db.transaction import Transaction


async def load_own(tx: Transaction, caller: Caller, case_id: str) -> tuple[Case, Policy]:
    """The case and its policy. Raises NotFound for one that is not the caller's, or that customers do not see."""
    case = await cases.get(tx, org=caller.org, case_id=case_id)
    caller.require_own(case_id=case.case_id, customer_ref=case.customer_ref)
    policy = await pinned(tx, org=caller.org, pack=case.pack, version=case.policy_version)
    if not policy.intake.shows(case.case_type):
        raise NotFound
    return case, policy


async def require_own_offer(tx: Transaction, caller: Caller, *, case_id: str, remedy_id: str) -> None:
    """Raise RemedyUnknown unless the remedy was put to the calling customer on this own case."""
    await load_own(tx, caller, case_id)
    remedy = await remedies.get(tx, org=caller.org, remedy_id=remedy_id)
    if remedy.case_id != case_id or remedy.round is None:
        raise RemedyUnknown
