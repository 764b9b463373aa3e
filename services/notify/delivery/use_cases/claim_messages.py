"""Take messages for sending: each is judged once more against its case, then leased.

A message whose last sender vanished may have arrived: its outcome is unknown, which is stored and announced before
anything else is decided about it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from services.notify.announce import announced
from services.notify.channels.rules.links import named_links
from services.notify.channels.rules.parcel import Parcel
from services.notify.delivery.rules.delivery_context import DeliveryContext
from services.notify.delivery.rules.repetition import after_loss
from services.notify.delivery.store import claimable, lease
from services.notify.delivery.use_cases.load_delivery_context import load_delivery_context
from services.notify.messages.rules import (
    Attempt,
    Message,
    Outcome,
    State,
    StoredMessage,
    Verdict,
    claim,
    is_news,
    postpone,
    skip,
)
from services.notify.messages.store.changes import log_attempts, settle
from shared.kernel.case_link import CaseLink
from shared.kernel.ids import new_id
from shared.packs.notify.model.section import CUSTOMER
from shared.platform.db.transaction import Transaction
from shared.platform.links.store import links_of_case
from shared.platform.observability.context import from_stored
from shared.platform.outbox.of_cases import append_of_cases

PER_ENDPOINT: Final = 4
Waiting = tuple[StoredMessage, datetime | None]

_VANISHED: Final = Outcome(verdict=Verdict.UNKNOWN, code=None, reason="sender_vanished")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimMessages:
    """Up to `limit` messages of a channel; `in_flight` counts what this sender has under way to each endpoint."""

    channel: str
    limit: int
    in_flight: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """Parcels to send now; how many messages ended or wait instead, those among them whose last sender vanished."""

    parcels: tuple[Parcel, ...] = ()
    others: int = 0
    vanished: int = 0


async def claim_messages(tx: Transaction, cmd: ClaimMessages, *, now: datetime) -> Claimed:
    """Judge what is due, and lease what may be sent. An endpoint takes few at a time. `now` is real time."""
    busy = [endpoint_id for endpoint_id, count in cmd.in_flight.items() if count >= PER_ENDPOINT]
    found = _fair(await claimable(tx, channel=cmd.channel, limit=cmd.limit, busy=busy), cmd.in_flight)
    if not found:
        return Claimed()
    vanished = [(item, _lost(item, began)) for item, began in found if began and item.message.state is State.SENDING]
    await log_attempts(tx, vanished)
    context = await load_delivery_context(tx, [item for item, _ in found], now=now)
    before = {item.message.message_id: item.message for item, _ in found}
    judged = [replace(item, message=_judged(item, context)) for item, _ in found]
    moved = await settle(tx, [item for item in judged if item.message.state is not State.SENDING], token=None)
    news = [item for item in moved if is_news(before[item.message.message_id], item.message)]
    await append_of_cases(tx, announced(news, at=context.at))
    going = [item for item in judged if item.message.state is State.SENDING]
    token = new_id()
    await lease(tx, [(item, context.at(item)) for item in going], token=token)
    parcels = [_parcel(item, context, token, links=await _links(tx, item)) for item in going]
    return Claimed(parcels=tuple(parcels), others=len(moved), vanished=len(vanished))


def _parcel(item: StoredMessage, context: DeliveryContext, token: str, *, links: tuple[CaseLink, ...]) -> Parcel:
    return Parcel(
        stored=item,
        token=token,
        at=context.at(item),
        endpoint=context.endpoint(item),
        case=context.case(item),
        links=links,
        context=from_stored(item.traceparent),
    )


async def _links(tx: Transaction, item: StoredMessage) -> tuple[CaseLink, ...]:
    """The links of the customer that the words of a message to the customer name."""
    message = item.message
    if message.identity.recipient != CUSTOMER or not (named := named_links(message.words.body)):
        return ()
    links = await links_of_case(tx, org=item.org, case_id=message.identity.case_id)
    return tuple(link for link in links if link.link_id in named and link.holder == CUSTOMER)


def _fair(found: Sequence[Waiting], in_flight: Mapping[str, int]) -> list[Waiting]:
    """Those of `found` that their endpoints have room for; the others stay queued."""
    counts = Counter(in_flight)
    taken: list[Waiting] = []
    for item, began in found:
        endpoint_id = item.message.identity.endpoint_id
        if not endpoint_id or counts[endpoint_id] < PER_ENDPOINT:
            counts[endpoint_id] += 1
            taken.append((item, began))
    return taken


def _lost(item: StoredMessage, began: datetime) -> Attempt:
    return Attempt(number=item.message.attempts, started_at=began, ended_at=None, outcome=_VANISHED)


def _judged(item: StoredMessage, context: DeliveryContext) -> Message:
    message, at = item.message, context.at(item)
    if message.state is State.SENDING:
        return after_loss(message, at=at, reason=_VANISHED.reason)
    reason = context.objection(item)
    if reason is not None:
        return skip(message, at=at, reason=reason)
    due_at = context.next_open(item)
    return claim(message) if due_at == at else postpone(message, due_at=due_at)
