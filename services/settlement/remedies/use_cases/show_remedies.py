"""Remedies with the rule they follow and the approvals they lack, for answers and lists."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.settlement.cases import store as cases
from services.settlement.cases.rules import Case
from services.settlement.remedies.rules.approval_table import missing
from services.settlement.remedies.rules.context import row_of, rule_of
from services.settlement.remedies.rules.remedy import Remedy
from services.settlement.remedies.rules.states import ENDED_UNPAID
from services.settlement.remedies.store import remedies
from services.settlement.remedies.store.remedies import RemedyFilter
from services.settlement.remedies.use_cases.load_remedy import load_section
from shared.kernel.ids import OrgId
from shared.packs.settlement.model.section import Remedy as Rule
from shared.packs.settlement.model.section import SettlementSection
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRemedy:
    """A remedy for a reader of the API."""

    remedy: Remedy
    rule: Rule
    missing_approvals: tuple[str, ...]
    """Roles that still have to approve; none of a remedy that ended unpaid."""


async def show_remedy(tx: Transaction, remedy: Remedy) -> ShownRemedy:
    """One remedy, as readers see it."""
    return (await _show(tx, [remedy]))[0]


async def show_remedies(
    tx: Transaction, *, org: OrgId, case_id: str, after: str | None, limit: int
) -> list[ShownRemedy]:
    """Remedies of a case beyond `after`, oldest first. Raises CaseUnknown."""
    await cases.get(tx, org=org, case_id=case_id)
    return await _show(tx, await remedies.page_of_case(tx, org=org, case_id=case_id, after=after, limit=limit))


async def list_remedies(
    tx: Transaction, chosen: RemedyFilter, *, org: OrgId, after: str | None, limit: int
) -> list[ShownRemedy]:
    """Remedies of an organisation beyond `after`, oldest first, each by the rules that its case is pinned to."""
    page = await remedies.page_of(tx, chosen, org=org, after=after, limit=limit)
    known = await cases.get_many(tx, org=org, case_ids={each.case_id for each in page})
    sections = {
        pin: await load_section(tx, case)
        for pin, case in {(case.pack, case.policy_version): case for case in known.values()}.items()
    }
    of_pages = ((known[each.case_id], each) for each in page)
    return [_shown(sections[case.pack, case.policy_version], each, case=case) for case, each in of_pages]


async def _show(tx: Transaction, found: Sequence[Remedy]) -> list[ShownRemedy]:
    """Remedies of one case with their rules."""
    if not found:
        return []
    case = await cases.get(tx, org=found[0].org, case_id=found[0].case_id)
    section = await load_section(tx, case)
    return [_shown(section, remedy, case=case) for remedy in found]


def _shown(section: SettlementSection, remedy: Remedy, *, case: Case) -> ShownRemedy:
    rule = rule_of(section, remedy.remedy)
    return ShownRemedy(remedy=remedy, rule=rule, missing_approvals=_missing(section, remedy, case=case))


def _missing(section: SettlementSection, remedy: Remedy, *, case: Case) -> tuple[str, ...]:
    if remedy.state in ENDED_UNPAID:
        return ()
    return missing(row_of(section, remedy, case_type=case.case_type), remedy.approvals)
