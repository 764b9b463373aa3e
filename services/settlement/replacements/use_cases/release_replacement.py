"""Release replacement goods, up to what came back."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from services.settlement.calculation.rules.quote import require_fresh
from services.settlement.remedies.rules.errors import WrongMode
from services.settlement.remedies.rules.gates import require_gates
from services.settlement.remedies.rules.performers import require_another_person, require_performer
from services.settlement.remedies.rules.remedy import Remedy, require_transition
from services.settlement.remedies.rules.states import Transition
from services.settlement.remedies.use_cases.load_remedy import load_remedy
from services.settlement.remedies.use_cases.save_change import save_change
from services.settlement.remedies.use_cases.take_looks import with_looks
from services.settlement.replacements import store
from services.settlement.replacements.rules import Movement, ReleaseTooLarge, release
from shared.kernel.actor import Actor
from shared.kernel.ids import OrgId, new_id
from shared.platform.db.transaction import Transaction
from shared.platform.inbox.as_of import judged_as_of_case


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseReplacement:
    """How much goes out now."""

    org: OrgId
    remedy_id: str
    quantity: Decimal


async def release_replacement(tx: Transaction, cmd: ReleaseReplacement, *, actor: Actor, now: datetime) -> Remedy:
    """Add to what went out; the agreed quantity executes the remedy."""
    context = await load_remedy(tx, org=cmd.org, remedy_id=cmd.remedy_id, lock=True)
    require_performer(context.section, "release", actor=actor, cite=context.rule.cite)
    require_another_person(context.section, "release", context.remedy, actor=actor)
    rule, remedy = context.rule, context.remedy
    if rule.returns is None:
        raise WrongMode(cite=rule.cite, detail="a remedy in money has no goods to release")
    movement_id = new_id()
    require_transition(remedy, Transition.RELEASE)
    context = await with_looks(tx, context, "release", now=now)
    remedy = context.remedy
    async with judged_as_of_case(tx, org=cmd.org, case_id=context.case.case_id):
        require_fresh(remedy.quote, remedy=rule, case=context.case_as_quoted, shown=None)
        require_gates(context.gates("release"), context.variables(actor))
    try:
        change = release(remedy, quantity=cmd.quantity, reference=movement_id)
    except ReleaseTooLarge as refusal:
        raise ReleaseTooLarge(
            code=rule.returns.code,
            title=rule.returns.message,
            cite=rule.returns.cite,
            fields={**refusal.fields, "unit": rule.returns.unit},
        ) from None
    movement = Movement(movement_id=movement_id, kind="release", quantity=cmd.quantity, subject=actor.subject, at=now)
    await store.add(tx, remedy, movement)
    return await save_change(tx, change, actor=actor, now=now)
