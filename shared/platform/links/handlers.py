"""What intake says of links to a case, kept by every other service."""

from collections.abc import Mapping
from typing import Final

from shared.contracts.envelope import Contract, Envelope
from shared.contracts.intake import LinkIssuedV1, LinkRevokedV1
from shared.kernel.case_link import CaseLink
from shared.platform.db.transaction import Transaction
from shared.platform.inbox.arrival import Handler
from shared.platform.links.store import add_link, revoke_link


async def on_link_issued(tx: Transaction, event: Envelope[LinkIssuedV1]) -> None:
    """Keep the link."""
    data = event.data
    await add_link(
        tx,
        CaseLink(
            org=event.org,
            link_id=data.link_id,
            case_id=data.case_id,
            holder=data.holder,
            may=tuple(data.may),
            once=tuple(data.once),
            issued_at=data.issued_at,
            expires_at=data.expires_at,
        ),
    )


async def on_link_revoked(tx: Transaction, event: Envelope[LinkRevokedV1]) -> None:
    """End the link."""
    await revoke_link(tx, org=event.org, link_id=event.data.link_id, at=event.data.at)


LINK_HANDLERS: Final[Mapping[type[Contract], Handler]] = {
    LinkIssuedV1: on_link_issued,
    LinkRevokedV1: on_link_revoked,
}
