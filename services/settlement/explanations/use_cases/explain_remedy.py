"""Why a remedy comes to its amount, who has to approve it, and which gates hold."""

from dataclasses import dataclass, replace
from typing import Final

from services.settlement.calculation.rules.formula import compute
from services.settlement.payouts.store import lists
from services.settlement.payouts.store.lists import ListedPayout
from services.settlement.remedies.rules.approval_table import Compared
from services.settlement.remedies.rules.context import RemedyContext
from services.settlement.remedies.rules.gates import CheckedGate, check_gates
from services.settlement.remedies.store import remedies
from services.settlement.remedies.use_cases.load_remedy import load_remedy
from services.settlement.remedies.use_cases.show_remedies import ShownRemedy, show_remedy
from services.settlement.remedies.use_cases.take_looks import looks_now
from shared.kernel.ids import OrgId
from shared.packs.settlement.model.section import Action
from shared.platform.db.transaction import Transaction
from shared.platform.inbox.as_of import case_as_of
from shared.platform.organisation_clock import organisation_now

_ACTIONS: Final[tuple[Action, ...]] = ("quote", "offer", "accept", "approve", "payout", "release")


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The remedy, computed again, with its approval row, its payouts, newest first, and every gate as it is now."""

    context: RemedyContext
    shown: ShownRemedy
    rows: tuple[Compared, ...]
    """The rows of the approval table with what each is compared with, up to the one that the remedy falls into."""
    is_reproduced: bool
    gates: tuple[tuple[Action, CheckedGate], ...]
    payouts: tuple[ListedPayout, ...]
    as_of: tuple[str, ...]
    """The version of the case that the gates are judged by, or an older one when an event arrives meanwhile."""


async def explain_remedy(tx: Transaction, *, org: OrgId, remedy_id: str) -> Explanation:
    """Compute again what was quoted, with the same function, and check all gates. Raises RemedyUnknown."""
    as_of = await case_as_of(tx, org=org, case_id=await remedies.case_of(tx, org=org, remedy_id=remedy_id))
    context = await load_remedy(tx, org=org, remedy_id=remedy_id)
    now = await organisation_now(tx, org)
    case = await looks_now(tx, context, now=now) if context.section.looks else context.case
    context = replace(context, case=replace(case, at=now))
    remedy, variables = context.remedy, context.variables()
    return Explanation(
        context=context,
        shown=await show_remedy(tx, remedy),
        rows=context.compared(),
        is_reproduced=compute(context.rule, remedy.quote.trace.inputs) == remedy.quote.trace,
        gates=tuple(
            (action, checked) for action in _ACTIONS for checked in check_gates(context.gates(action), variables)
        ),
        payouts=tuple(await lists.of_remedy(tx, org=org, remedy_id=remedy_id)),
        as_of=tuple(as_of),
    )
