"""Write down the intent to pay. Nothing is sent here: a job calls the ERP once this is committed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.settlement.db import cases, payouts
from services.settlement.db.payouts import Intent
from services.settlement.domain import approval as table
from services.settlement.domain import gates, payout_gates
from services.settlement.domain import remedy as life
from services.settlement.domain.errors import NothingToPay, WrongMode
from services.settlement.domain.payout import Payout
from services.settlement.domain.quote import require_fresh
from services.settlement.domain.remedy import Remedy
from services.settlement.domain.state import State
from services.settlement.use_cases.matter import Matter, conclude, open_matter
from shared.kernel.ids import new_id
from shared.kernel.money import Money
from shared.packs.settlement.model import Payout as Rule
from shared.platform.auth.caller import Caller
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPayout:
    """What the caller means to pay; it must be the remedy's and the paper's figure exactly."""

    remedy_id: str
    amount: Money
    quote_hash: str | None


async def request_payout(tx: Transaction, cmd: RequestPayout, *, caller: Caller, now: datetime) -> Remedy:
    """Check everything once more, then store the one payout of this remedy."""
    matter = await open_matter(tx, caller.org, cmd.remedy_id)
    remedy, rule = matter.remedy, matter.rule.payout
    if rule is None:
        raise WrongMode(cite=matter.rule.cite, detail="a remedy in kind is not paid out")
    if remedy.quote.is_nothing_to_pay:
        raise NothingToPay(cite=matter.rule.cite)
    if remedy.state is not State.ACCEPTED:
        life.require_state(remedy, "payout")
    gates.require(matter.gates("payout"), matter.context(caller))
    basis_id = payout_gates.require_basis(rule, case=matter.case, quoted=remedy.quote.amount, asked=cmd.amount)
    payout_gates.require_certificate(matter.rule, remedy)
    require_fresh(remedy.quote, remedy=matter.rule, case=matter.case, shown=cmd.quote_hash)
    await _require_approvals(tx, matter)
    change = life.request_payout(remedy)
    payout = Payout(payout_id=new_id(), remedy_id=remedy.remedy_id, amount=remedy.quote.amount, next_at=now)
    intent = Intent(case_id=remedy.case_id, basis_id=basis_id, request=_request(matter, rule), requested_at=now)
    await payouts.add(tx, remedy.org, payout, intent)
    return await conclude(tx, change, caller=caller, now=now)


async def _require_approvals(tx: Transaction, matter: Matter) -> None:
    remedy = matter.remedy
    row = table.row_for(matter.section.approval, remedy.quote.worth)
    touched = await cases.touched_by(tx, remedy.org, remedy.case_id)
    payout_gates.require_approvals(row, remedy.approvals, touched=touched)


def _request(matter: Matter, rule: Rule) -> dict[str, Any]:
    """The body that will be sent, fixed now. The figures of a negative invoice are negative."""
    quote = matter.remedy.quote
    body: dict[str, Any] = {
        "organisation": matter.remedy.org,
        "case_number": matter.case.number,
        "remedy_id": matter.remedy.remedy_id,
        "amount_minor": quote.amount.minor,
        "currency": quote.amount.currency,
        "kind": rule.method,
    }
    if quote.split is not None:
        sign = -1 if rule.method == "negative_invoice" else 1
        body |= {"net_minor": sign * quote.split.net.minor, "tax_minor": sign * quote.split.tax.minor}
    return body
