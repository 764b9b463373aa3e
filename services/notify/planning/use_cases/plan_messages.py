"""Plan the messages that an event of a case causes: those of the pack's rules and those of webhook subscriptions."""

from dataclasses import dataclass

from services.notify.cases.rules import CaseEvent, with_milestones
from services.notify.cases.store import save_case
from services.notify.planning.rules.plan import Planner
from services.notify.planning.rules.render import Texts
from services.notify.planning.store import CaseContext, get_case_context
from services.notify.planning.use_cases.load_recipients import load_recipients
from services.notify.planning.use_cases.store_messages import store_messages
from services.notify.webhooks.rules.subscription import Delivered, deliveries
from shared.kernel.case_link import CaseLink
from shared.kernel.ids import OrgId, new_id
from shared.packs.notify.model.section import CUSTOMER
from shared.platform.db.transaction import Transaction
from shared.platform.links.store import links_of_case


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMessages:
    """Which case, and what happened on it."""

    org: OrgId
    case_id: str
    event: CaseEvent
    is_milestone: bool = False  # the case has reached the event's names, and later rules may ask for them


async def plan_messages(tx: Transaction, cmd: PlanMessages) -> None:
    """Keep the milestone where the event is one, then plan. Raises CaseNotHereYet."""
    context = await get_case_context(tx, org=cmd.org, case_id=cmd.case_id, lock=cmd.is_milestone)
    if cmd.is_milestone:
        context = context.with_case(with_milestones(context.case, cmd.event.names))
        await save_case(tx, context.case, org=cmd.org)
    await plan_from(tx, cmd.event, org=cmd.org, context=context)


async def plan_from(tx: Transaction, event: CaseEvent, *, org: OrgId, context: CaseContext) -> None:
    """Plan and store what `event` causes on a case that the caller has read, and changed if need be."""
    recipients, policy = await load_recipients(tx, context, org=org)
    texts = Texts(
        case=context.case,
        event=event,
        pack=policy.pack,
        intake=policy.intake,
        section=policy.notify,
        link=await _link(tx, context, org=org) if policy.intake.customer_links else None,
    )
    ruled = Planner(recipients=recipients, now=context.now, new_id=new_id).plan(event, texts)
    passed_on = Delivered(case=context.case, event=event, now=context.now, new_id=new_id)
    await store_messages(tx, [*ruled, *deliveries(passed_on, context.subscriptions)], org=org, context=context)


async def _link(tx: Transaction, context: CaseContext, *, org: OrgId) -> CaseLink | None:
    """The customer's newest link that holds."""
    links = await links_of_case(tx, org=org, case_id=context.case.case_id)
    return next((link for link in links if link.holder == CUSTOMER and link.is_live(context.now)), None)
