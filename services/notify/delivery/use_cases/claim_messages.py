"""Take messages for sending: each is judged once more against its case, then leased.

A message whose last sender vanished is taken over as a further attempt; that the provider may have taken
the earlier one is written down as `unknown`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from services.notify.announce import announced
from services.notify.channels.rules.parcel import Parcel
from services.notify.delivery.rules.retry import DELAYS
from services.notify.delivery.store import claimable, lease
from services.notify.delivery.use_cases.surroundings import Surroundings, surroundings
from services.notify.messages.rules import (
    Attempt,
    Channel,
    Kept,
    Message,
    Outcome,
    State,
    Verdict,
    claim,
    fail,
    postpone,
    skip,
)
from services.notify.messages.store.changes import log_attempts, settle
from shared.kernel.ids import new_id
from shared.platform.db.transaction import Transaction
from shared.platform.outbox.append import append

PER_ENDPOINT: Final = 4
Waiting = tuple[Kept, datetime | None]

_VANISHED: Final = Outcome(verdict=Verdict.UNKNOWN, code=None, reason="sender_vanished")


async def claim_messages(
    tx: Transaction, *, channel: Channel, limit: int, in_flight: Mapping[str, int] = MappingProxyType({})
) -> tuple[list[Parcel], int]:
    """Parcels to send now, and how many messages moved here without: not to be sent any more, or not at this hour.

    `in_flight` counts what this sender has under way to each webhook endpoint, which takes few at a time.
    """
    busy = [endpoint_id for endpoint_id, count in in_flight.items() if count >= PER_ENDPOINT]
    found = _fair(await claimable(tx, channel=channel, limit=limit, busy=busy), in_flight)
    if not found:
        return [], 0
    await log_attempts(
        tx, [(item, _lost(item, began)) for item, began in found if began and item.message.state is State.SENDING]
    )
    around = await surroundings(tx, [item for item, _ in found])
    judged = [replace(item, message=_judged(item, around)) for item, _ in found]
    moved = await settle(tx, [item for item in judged if item.message.state is not State.SENDING], token=None)
    await append(tx, [event for item in moved if (event := announced(item)) is not None])
    token = new_id()
    going = [item for item in judged if item.message.state is State.SENDING]
    await lease(tx, [(item, around.at(item)) for item in going], token=token)
    return [Parcel(kept=item, token=token, at=around.at(item), endpoint=around.endpoint(item)) for item in going], len(
        moved
    )


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


def _lost(item: Kept, began: datetime) -> Attempt:
    return Attempt(number=item.message.attempts, started_at=began, ended_at=None, outcome=_VANISHED)


def _judged(item: Kept, around: Surroundings) -> Message:
    message, at = item.message, around.at(item)
    if message.state is State.SENDING and message.attempts > len(DELAYS):
        return fail(message, at=at, reason="outcome_unknown")
    reason = around.objection(item)
    if reason is not None:
        return skip(message, at=at, reason=reason)
    due_at = around.next_open(item)
    return claim(message) if due_at == at else postpone(message, due_at=due_at)
