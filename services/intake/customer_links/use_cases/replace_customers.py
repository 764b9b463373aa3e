"""The customer's links end and a new one is issued: they may have reached another person."""

from datetime import datetime

from services.intake.cases.rules.case import Case
from services.intake.cases.use_cases.issue_link import CUSTOMER, issue_at_opening
from services.intake.customer_links.use_cases.revoke import end_link
from shared.kernel.actor import Actor
from shared.packs.store import Policy
from shared.platform.db.transaction import Transaction
from shared.platform.links.store import links_of_case


async def replace_customers_links(tx: Transaction, case: Case, policy: Policy, *, actor: Actor, now: datetime) -> None:
    """End each link of the customer to the locked case that holds at `now`, and issue one where the pack issues any."""
    for link in await links_of_case(tx, org=case.org, case_id=case.case_id):
        if link.holder == CUSTOMER and link.is_live(now):
            await end_link(tx, case, link, actor=actor, now=now)
    await issue_at_opening(tx, case, policy, actor=actor, now=now)
