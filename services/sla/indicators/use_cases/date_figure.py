"""Judge the figures whose calendar has been confirmed since (a release with the new year's days off)."""

from services.sla.cases import store as cases
from services.sla.indicators.use_cases.count_cases import recount
from shared.kernel.ids import CaseId, OrgId
from shared.packs.store import pinned
from shared.platform.db.transaction import Transaction


async def date_figure(tx: Transaction, *, org: OrgId, case_id: CaseId) -> int:
    """Work the case's limited figures out anew; how many changed."""
    case = await cases.get(tx, org=org, case_id=case_id, lock=True)
    policy = await pinned(tx, org=org, pack=case.pack, version=case.policy_version)
    limited = [rule for rule in policy.sla.indicators if rule.measure.within is not None]
    return await recount(tx, case, policy, limited)
