"""Take messages for sending: each is judged once more against its case, then leased.

A message whose last sender vanished is taken over as a further attempt; that the provider may have taken
the earlier one is written down as `unknown`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from services.notify.announce import announced
from services.notify.db.cases import cases
from services.notify.db.claims import claimable, lease, settle
from services.notify.db.endpoints import Endpoint, endpoints
from services.notify.db.messages import Attempt, Kept, log_attempts, simulated_instants
from services.notify.domain.case import Case
from services.notify.domain.message import Channel, Message, State, claim, fail, skip
from services.notify.domain.planning import objection
from services.notify.domain.retry import DELAYS, Outcome, Verdict
from shared.clock import SystemClock
from shared.db.transaction import Transaction
from shared.ids import OrgId, new_id
from shared.outbox.append import append
from shared.policy.sections.notify import Rule
from shared.policy.store import pinned

PER_ENDPOINT: Final = 4
Waiting = tuple[Kept, datetime | None]

_VANISHED: Final = Outcome(verdict=Verdict.UNKNOWN, code=None, reason="sender_vanished")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A claimed message with what its channel needs. `at` is the organisation's instant."""

    kept: Kept
    token: str
    at: datetime
    endpoint: Endpoint | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Surroundings:
    """What a batch is judged by."""

    now: datetime
    instants: Mapping[OrgId, datetime]
    cases: Mapping[tuple[OrgId, str], Case]
    rules: Mapping[str, Rule]
    endpoints: Mapping[tuple[OrgId, str], Endpoint]

    def at(self, item: Kept) -> datetime:
        return self.instants.get(item.org, self.now)

    def endpoint(self, item: Kept) -> Endpoint | None:
        return self.endpoints.get((item.org, item.message.identity.endpoint_id))


async def claim_messages(
    tx: Transaction, *, channel: Channel, limit: int, in_flight: Mapping[str, int] = MappingProxyType({})
) -> tuple[list[Parcel], int]:
    """Parcels to send now, and how many messages ended here because they are not to be sent any more.

    `in_flight` counts what this sender has under way to each webhook endpoint, which takes few at a time.
    """
    busy = [endpoint_id for endpoint_id, count in in_flight.items() if count >= PER_ENDPOINT]
    found = _fair(await claimable(tx, channel=channel, limit=limit, busy=busy), in_flight)
    if not found:
        return [], 0
    await log_attempts(
        tx, [(item, _lost(item, began)) for item, began in found if began and item.message.state is State.SENDING]
    )
    around = await _surroundings(tx, [item for item, _ in found])
    judged = [replace(item, message=_judged(item, around)) for item, _ in found]
    ended = await settle(tx, [item for item in judged if item.message.ended_at is not None], token=None)
    await append(tx, [event for item in ended if (event := announced(item)) is not None])
    token = new_id()
    going = [item for item in judged if item.message.state is State.SENDING]
    await lease(tx, [(item, around.at(item)) for item in going], token=token)
    return [Parcel(kept=item, token=token, at=around.at(item), endpoint=around.endpoint(item)) for item in going], len(
        ended
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


def _judged(item: Kept, around: _Surroundings) -> Message:
    message, at = item.message, around.at(item)
    if message.state is State.SENDING and message.attempts > len(DELAYS):
        return fail(message, at=at, reason="outcome_unknown")
    reason = _objection(item, around)
    return claim(message) if reason is None else skip(message, at=at, reason=reason)


def _objection(item: Kept, around: _Surroundings) -> str | None:
    message = item.message
    if message.identity.channel is Channel.WEBHOOK:
        endpoint = around.endpoint(item)
        if endpoint is None or endpoint.state != "active":
            return "endpoint_removed" if endpoint is None else "endpoint_disabled"
    rule = around.rules.get(message.message_id)
    case = around.cases.get((item.org, message.identity.case_id))
    return objection(message, rule=rule, case=case, now=around.at(item))


async def _surroundings(tx: Transaction, items: Sequence[Kept]) -> _Surroundings:
    rechecked = [item for item in items if item.message.is_rechecked]
    known = await cases(tx, {(item.org, item.message.identity.case_id) for item in rechecked})
    called = {(item.org, item.message.identity.endpoint_id) for item in items if item.message.identity.endpoint_id}
    return _Surroundings(
        now=SystemClock().now(),
        instants=await simulated_instants(tx, {item.org for item in items if item.is_simulated}),
        cases=known,
        rules={item.message.message_id: rule for item in rechecked if (rule := await _rule(tx, item, known))},
        endpoints=await endpoints(tx, called),
    )


async def _rule(tx: Transaction, item: Kept, known: Mapping[tuple[OrgId, str], Case]) -> Rule | None:
    case = known[(item.org, item.message.identity.case_id)]
    policy = await pinned(tx, org=item.org, pack=case.pack, version=case.policy_version)
    return policy.notify.rule(item.message.identity.rule)
