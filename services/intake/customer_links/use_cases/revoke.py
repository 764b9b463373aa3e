"""Staff revoke a link to a case; it stands in the case's history."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.intake.cases.announce import outgoing
from services.intake.cases.rules.case import Case
from services.intake.cases.rules.errors import LinkUnknown
from services.intake.cases.rules.history import TimelineEntry
from services.intake.cases.store.cases import get_case, lock_case
from services.intake.cases.store.history import add_entry
from shared.contracts.envelope import ActorV1
from shared.contracts.intake import LinkRevokedV1
from shared.kernel.actor import Actor
from shared.kernel.case_link import CaseLink
from shared.kernel.ids import CaseId, OrgId, new_id
from shared.platform.db.transaction import Transaction
from shared.platform.links.store import find_link, revoke_link
from shared.platform.outbox.append import append


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoke:
    """Which link of which case."""

    org: OrgId
    case_id: CaseId
    link_id: str


async def revoke(tx: Transaction, cmd: Revoke, *, actor: Actor, now: datetime) -> CaseLink:
    """Revoke it; one that was revoked stays as it is. Raises CaseUnknown, LinkUnknown."""
    await lock_case(tx, org=cmd.org, case_id=cmd.case_id)
    case = await get_case(tx, org=cmd.org, case_id=cmd.case_id)
    link = await own_link(tx, cmd)
    return link if link.revoked_at is not None else await end_link(tx, case, link, actor=actor, now=now)


async def end_link(tx: Transaction, case: Case, link: CaseLink, *, actor: Actor, now: datetime) -> CaseLink:
    """The link to the locked case as it is from `now` on: revoked, in the history, published."""
    await revoke_link(tx, org=case.org, link_id=link.link_id, at=now)
    data = LinkRevokedV1(
        case_id=case.case_id,
        number=case.number,
        customer_ref=case.customer_ref,
        order_ref=case.order_ref,
        link_id=link.link_id,
        at=now,
        actor=ActorV1.of(actor),
    )
    await add_entry(tx, _entry(link, actor, now=now), org=case.org, case_id=case.case_id)
    await append(tx, [outgoing(case, data, at=now, aggregate=("link", link.link_id, 2))])
    return replace(link, revoked_at=now)


async def own_link(tx: Transaction, cmd: Revoke) -> CaseLink:
    """The link, when it leads to that case. Raises LinkUnknown."""
    link = await find_link(tx, org=cmd.org, link_id=cmd.link_id)
    if link is None or link.case_id != cmd.case_id:
        raise LinkUnknown
    return link


def _entry(link: CaseLink, actor: Actor, *, now: datetime) -> TimelineEntry:
    return TimelineEntry(
        entry_id=new_id(),
        at=now,
        recorded_at=now,
        source="link",
        what="link.revoked",
        label_zh="撤销案件链接",
        label_en="Link to the case revoked",
        actor=actor,
        cite=None,
        milestone=False,
        details={"link_id": link.link_id, "holder": link.holder},
    )
