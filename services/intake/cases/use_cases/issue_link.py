"""Issue a link to a case, for its customer or for a contact; it stands in the case's history."""

from datetime import datetime
from typing import Final, Literal

from services.intake.cases.announce import outgoing
from services.intake.cases.rules.case import Case
from services.intake.cases.rules.errors import LinksNotDeclared
from services.intake.cases.rules.history import TimelineEntry
from services.intake.cases.store.history import add_entry
from shared.contracts.envelope import ActorV1
from shared.contracts.intake import LinkIssuedV1
from shared.kernel.actor import Actor
from shared.kernel.case_link import CaseLink
from shared.kernel.ids import new_id
from shared.packs.store import Policy
from shared.platform.db.transaction import Transaction
from shared.platform.links.store import add_link
from shared.platform.outbox.append import append

Holder = Literal["customer", "contact"]
CUSTOMER: Final[Holder] = "customer"


async def issue_link(
    tx: Transaction, case: Case, policy: Policy, *, actor: Actor, now: datetime, contact_id: str | None = None
) -> CaseLink:
    """The new link. Raises LinksNotDeclared where the pack issues none to cases of this type."""
    links = policy.intake.links_of(case.case_type)
    if links is None:
        raise LinksNotDeclared
    holder: Holder = CUSTOMER if contact_id is None else "contact"
    link = CaseLink(
        org=case.org,
        link_id=new_id(),
        case_id=case.case_id,
        holder=holder,
        may=links.may,
        once=links.once,
        issued_at=now,
        expires_at=now + links.valid_for.elapsed(),
    )
    data = LinkIssuedV1(
        case_id=case.case_id,
        number=case.number,
        customer_ref=case.customer_ref,
        order_ref=case.order_ref,
        link_id=link.link_id,
        holder=holder,
        contact_id=contact_id,
        may=list(link.may),
        once=list(link.once),
        issued_at=link.issued_at,
        expires_at=link.expires_at,
        actor=ActorV1.of(actor),
    )
    await add_link(tx, link)
    await add_entry(tx, _entry(link, contact_id, actor), org=case.org, case_id=case.case_id)
    await append(tx, [outgoing(case, data, at=now, aggregate=("link", link.link_id, 1))])
    return link


async def issue_at_opening(tx: Transaction, case: Case, policy: Policy, *, actor: Actor, now: datetime) -> None:
    """Issue the customer's link to a new case, where the pack issues links to cases of its type.

    Before `case.registered` is announced, so that the mail which that event causes has the link.
    """
    if policy.intake.links_of(case.case_type) is not None:
        await issue_link(tx, case, policy, actor=actor, now=now)


def _entry(link: CaseLink, contact_id: str | None, actor: Actor) -> TimelineEntry:
    return TimelineEntry(
        entry_id=new_id(),
        at=link.issued_at,
        recorded_at=link.issued_at,
        source="link",
        what="link.issued",
        label_zh="发出案件链接",
        label_en="Link to the case issued",
        actor=actor,
        cite=None,
        milestone=False,
        details={"link_id": link.link_id, "holder": link.holder, "contact_id": contact_id},
    )
