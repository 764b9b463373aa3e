"""Events of cases: keep what they change, then plan the messages of the pack's rules and of webhook subscriptions."""

from collections.abc import Sequence

from services.notify.cases.rules import Case, CaseEvent
from services.notify.cases.store import insert_cases, save_cases
from services.notify.messages.rules import Message
from services.notify.planning.rules.follow import Happening, Registered, changed
from services.notify.planning.rules.plan import Planner
from services.notify.planning.rules.render import Texts
from services.notify.planning.store import CaseContext, CaseNotHereYet, get_case_contexts
from services.notify.planning.use_cases.load_recipients import load_recipients
from services.notify.planning.use_cases.store_messages import Planned, store_messages
from services.notify.webhooks.rules.subscription import Delivered, deliveries
from shared.kernel.case_link import CaseLink
from shared.kernel.ids import OrgId, new_id
from shared.packs.notify.model.section import CUSTOMER
from shared.platform.db.transaction import Transaction
from shared.platform.links.store import links_of_case
from shared.platform.observability.context import use


async def follow_events(tx: Transaction, happenings: Sequence[Happening]) -> None:
    """Follow the events in their order, with as many statements for many as for one. Raises CaseNotHereYet.

    Each event is planned on the case as it stands after it, and before the next one.
    """
    await insert_cases(tx, [(one.org, one.change.case) for one in happenings if isinstance(one.change, Registered)])
    contexts = await get_case_contexts(tx, {one.key for one in happenings}, lock=True)
    before = {key: context.case for key, context in contexts.items()}
    planned: list[Planned] = []
    for one in happenings:
        known = contexts.get(one.key)
        if known is None:
            raise CaseNotHereYet(detail="the case or its organisation has not arrived")
        contexts[one.key] = context = known.with_case(changed(known.case, one.change))
        with use(one.context):
            messages = await _planned(tx, one.event, org=one.org, context=context)
        planned.append(Planned(org=one.org, context=context, messages=messages, cause=one.context))
    await save_cases(tx, _changed(before, contexts))
    await store_messages(tx, planned)


def _changed(
    before: dict[tuple[OrgId, str], Case], contexts: dict[tuple[OrgId, str], CaseContext]
) -> list[tuple[OrgId, Case]]:
    return [(org, found.case) for (org, case_id), found in contexts.items() if found.case != before[org, case_id]]


async def _planned(tx: Transaction, event: CaseEvent, *, org: OrgId, context: CaseContext) -> list[Message]:
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
    return [*ruled, *deliveries(passed_on, context.subscriptions)]


async def _link(tx: Transaction, context: CaseContext, *, org: OrgId) -> CaseLink | None:
    """The customer's newest link that holds."""
    links = await links_of_case(tx, org=org, case_id=context.case.case_id)
    return next((link for link in links if link.holder == CUSTOMER and link.is_live(context.now)), None)
