"""Store the intent to pay. Nothing is sent here: a job calls the ERP once this is committed."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.settlement.calculation.rules.quote import require_fresh
from services.settlement.cases import store as cases
from services.settlement.certificates.rules import require_certificate
from services.settlement.erp import store as erp
from services.settlement.payouts.rules import requests
from services.settlement.payouts.rules.conditions import require_approvals, require_basis
from services.settlement.payouts.rules.errors import ErpNotSet, NothingToPay
from services.settlement.payouts.rules.payout import Payout, PayoutState
from services.settlement.payouts.store import lost, payouts
from services.settlement.payouts.store.payouts import Intent
from services.settlement.remedies.rules.errors import WrongMode
from services.settlement.remedies.rules.gates import require_gates
from services.settlement.remedies.rules.performers import require_another_person, require_performer
from services.settlement.remedies.rules.remedy import Remedy, require_transition
from services.settlement.remedies.rules.states import State, Transition
from services.settlement.remedies.use_cases.load_remedy import load_remedy
from services.settlement.remedies.use_cases.save_change import save_change
from services.settlement.remedies.use_cases.take_looks import with_looks
from shared.kernel.actor import Actor
from shared.kernel.ids import OrgId, new_id
from shared.kernel.money import Money
from shared.platform.db.transaction import Transaction
from shared.platform.inbox.as_of import judged_as_of_case
from shared.platform.observability.context import current_traceparent


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPayout:
    """The amount that the caller means to pay; it must equal the remedy's and the document's figure."""

    org: OrgId
    remedy_id: str
    amount: Money
    quote_hash: str | None
    callback_url: str | None


async def request_payout(tx: Transaction, cmd: RequestPayout, *, actor: Actor, now: datetime) -> Remedy:
    """Check every condition once more, then store the one payout of this remedy."""
    context = await load_remedy(tx, org=cmd.org, remedy_id=cmd.remedy_id, lock=True)
    remedy, rule = context.remedy, context.rule.payout
    if rule is None:
        raise WrongMode(cite=context.rule.cite, detail="a remedy in kind is not paid out")
    require_performer(context.section, "payout", actor=actor, cite=rule.cite)
    require_another_person(context.section, "payout", remedy, actor=actor)
    if remedy.quote.is_nothing_to_pay:
        raise NothingToPay(cite=context.rule.cite)
    if remedy.state is not State.ACCEPTED:
        require_transition(remedy, Transition.PAYOUT)
    context = await with_looks(tx, context, "payout", now=now)
    remedy = context.remedy
    async with judged_as_of_case(tx, org=cmd.org, case_id=context.case.case_id):
        require_gates(context.gates("payout"), context.variables(actor))
        basis_id = require_basis(rule, case=context.case, quoted=remedy.quote.amount, asked=cmd.amount)
        require_certificate(context.rule, remedy)
        require_fresh(remedy.quote, remedy=context.rule, case=context.case_as_quoted, shown=cmd.quote_hash)
        touched = await cases.touched_by(tx, org=cmd.org, case_id=remedy.case_id)
        require_approvals(context.approval_row(), remedy.approvals, touched=touched)
    calls_back = await erp.calls_back(tx, org=cmd.org)
    if calls_back is None:
        raise ErpNotSet
    payout = await _payout(tx, remedy, now=now)
    change = requests.request_payout(remedy, payment_key=payout.payout_id)
    callback_url = cmd.callback_url if calls_back else None
    body = requests.erp_request(context, rule, payment_key=payout.payout_id, callback_url=callback_url, now=now)
    intent = Intent(
        case_id=remedy.case_id,
        basis_id=basis_id,
        request=body,
        requested_at=now,
        traceparent=current_traceparent(),
    )
    await payouts.add(tx, remedy.org, payout, intent)
    return await save_change(tx, change, actor=actor, now=now)


async def _payout(tx: Transaction, remedy: Remedy, *, now: datetime) -> Payout:
    """A new payout; or one under the key of a payment that a restore has lost, about which the ERP is asked first."""
    first = Payout(payout_id=new_id(), remedy_id=remedy.remedy_id, amount=remedy.quote.amount, next_at=now)
    key = await lost.take(tx, remedy)
    if key is None:
        return first
    return replace(first, payout_id=key, state=PayoutState.UNKNOWN, sent_to=await erp.url_of(tx, org=remedy.org))
