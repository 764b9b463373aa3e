"""Load a remedy with its case and its rules; with `lock`, the case's row is locked first.

All decisions about the money of one case are made under that lock, one after the other.
"""

from services.settlement.cases import store as cases
from services.settlement.cases.rules import Case
from services.settlement.remedies.rules.context import RemedyContext, rule_of
from services.settlement.remedies.store import remedies
from shared.kernel.ids import OrgId
from shared.packs.settlement.model.section import SettlementSection
from shared.packs.store import pinned
from shared.platform.db.transaction import Transaction


async def load_remedy(tx: Transaction, *, org: OrgId, remedy_id: str, lock: bool = False) -> RemedyContext:
    """The remedy in its context. Raises RemedyUnknown, or Unavailable until the policy has arrived."""
    case_id = await remedies.case_of(tx, org=org, remedy_id=remedy_id)
    case = await cases.get(tx, org=org, case_id=case_id, lock=lock)
    remedy = await remedies.get(tx, org=org, remedy_id=remedy_id)
    section = await load_section(tx, case)
    return RemedyContext(case=case, remedy=remedy, rule=rule_of(section, remedy.remedy), section=section)


async def load_section(tx: Transaction, case: Case) -> SettlementSection:
    """The settlement section of the policy version that the case is pinned to."""
    policy = await pinned(tx, org=case.org, pack=case.pack, version=case.policy_version)
    return policy.settlement
