"""A remedy with the rule it follows and what it still lacks, for an answer or a list."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.settlement.db import cases, remedies
from services.settlement.domain import approval as table
from services.settlement.domain.remedy import Remedy
from services.settlement.domain.state import ENDED_UNPAID
from services.settlement.use_cases.matter import rule_of, rules_of
from shared.kernel.ids import OrgId
from shared.packs.settlement.model import Remedy as Rule
from shared.packs.settlement.model import SettlementSection
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a reader of the API gets to see of a remedy."""

    remedy: Remedy
    rule: Rule
    missing_approvals: tuple[str, ...]
    """Roles that have not approved and would have to; none once the remedy has ended without."""


async def show(tx: Transaction, found: Sequence[Remedy]) -> list[Shown]:
    """Remedies of one case, as readers see them."""
    if not found:
        return []
    section = await rules_of(tx, await cases.get(tx, found[0].org, found[0].case_id))
    return [
        Shown(
            remedy=remedy,
            rule=rule_of(section, remedy.remedy),
            missing_approvals=_missing(section, remedy),
        )
        for remedy in found
    ]


def _missing(section: SettlementSection, remedy: Remedy) -> tuple[str, ...]:
    if remedy.state in ENDED_UNPAID:
        return ()
    return table.missing(table.row_for(section.approval, remedy.quote.worth), remedy.approvals)


async def show_case(tx: Transaction, org: OrgId, case_id: str, *, after: str | None, limit: int) -> list[Shown]:
    """Remedies of a case beyond `after`, oldest first. Raises CaseUnknown."""
    await cases.get(tx, org, case_id)
    return await show(tx, await remedies.page_of_case(tx, org, case_id, after=after, limit=limit))
