"""Record the outcomes of attempts: sent, another try later, unknown, or failed and told over the next channel."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.notify.announce import announced
from services.notify.channels.rules.parcel import Parcel
from services.notify.delivery.rules.repetition import after_silence
from services.notify.delivery.rules.retry import next_try
from services.notify.delivery.store import simulated_instants
from services.notify.messages.rules import (
    Attempt,
    Message,
    Outcome,
    State,
    StoredMessage,
    Verdict,
    fail,
    is_news,
    retry,
    sent,
)
from services.notify.messages.store.changes import lock_doubtful, log_attempts, settle
from services.notify.planning.use_cases.fall_back import fall_back
from services.notify.webhooks.store import disable_endpoint
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction
from shared.platform.observability.context import use
from shared.platform.outbox.of_cases import append_of_cases


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A parcel and the provider's answer."""

    parcel: Parcel
    outcome: Outcome


async def record_outcomes(tx: Transaction, results: Sequence[Result], *, now: datetime) -> list[StoredMessage]:
    """Store the results; returns the messages that were still ours to change. `now` is real time."""
    instants = await simulated_instants(
        tx, {result.parcel.stored.org for result in results if result.parcel.stored.is_simulated}
    )
    changed = [_after(result, at=instants.get(result.parcel.stored.org, now)) for result in results]
    await log_attempts(tx, [(item, attempt) for item, attempt in changed])
    ours = await _settle_by_token(tx, results, [item for item, _ in changed])
    late = await _settle_late(tx, changed, ours)
    before = {result.parcel.stored.message.message_id: result.parcel.stored.message for result in results}
    news = [item for item in ours if is_news(before[item.message.message_id], item.message)]
    told_at = {item.org: attempt.ended_at or now for item, attempt in changed}
    contexts = {result.parcel.stored.message.message_id: result.parcel.context for result in results}
    events = announced([*news, *late], at=lambda item: told_at[item.org])
    await append_of_cases(tx, [replace(event, cause=contexts[event.aggregate_id]) for event in events])
    await _disable_gone(tx, results)
    for item in ours:
        if item.message.state is State.FAILED and item.message.fallback:
            with use(contexts[item.message.message_id]):
                await fall_back(tx, item)
    return ours


def _after(result: Result, *, at: datetime) -> tuple[StoredMessage, Attempt]:
    stored, outcome = result.parcel.stored, result.outcome
    message = _changed(stored.message, outcome, at=at)
    attempt = Attempt(number=stored.message.attempts, started_at=result.parcel.at, ended_at=at, outcome=outcome)
    return replace(stored, message=message), attempt


def _changed(message: Message, outcome: Outcome, *, at: datetime) -> Message:
    match outcome.verdict:
        case Verdict.DELIVERED:
            return sent(message, at=at)
        case Verdict.PERMANENT | Verdict.GONE:
            return fail(message, at=at, reason=outcome.reason)
        case Verdict.UNKNOWN:
            return after_silence(message, outcome, at=at)
        case Verdict.TEMPORARY:
            due_at = next_try(message.message_id, attempts=message.tries, at=at, retry_after=outcome.retry_after)
            return fail(message, at=at, reason=outcome.reason) if due_at is None else retry(message, due_at=due_at)


async def _settle_by_token(
    tx: Transaction, results: Sequence[Result], items: Sequence[StoredMessage]
) -> list[StoredMessage]:
    tokens = [result.parcel.token for result in results]
    ours: list[StoredMessage] = []
    for token in dict.fromkeys(tokens):
        mine = [item for item, own in zip(items, tokens, strict=True) if own == token]
        ours += await settle(tx, mine, token=token)
    return ours


async def _settle_late(
    tx: Transaction, changed: Sequence[tuple[StoredMessage, Attempt]], ours: Sequence[StoredMessage]
) -> list[StoredMessage]:
    """Those that a sender delivered whose lease had run out, and whose outcome was unknown until now."""
    settled = {item.message.message_id for item in ours}
    delivered = {
        item.message.message_id: (item, attempt.ended_at)
        for item, attempt in changed
        if attempt.outcome.verdict is Verdict.DELIVERED and item.message.message_id not in settled
    }
    arrived = []
    for item in await lock_doubtful(tx, [item for item, _ in delivered.values()]):
        _, at = delivered[item.message.message_id]
        arrived.append(replace(item, message=sent(item.message, at=at or item.created_at)))
    return await settle(tx, arrived, token=None)


async def _disable_gone(tx: Transaction, results: Sequence[Result]) -> None:
    gone = {
        (result.parcel.stored.org, result.parcel.stored.message.identity.endpoint_id)
        for result in results
        if result.outcome.verdict is Verdict.GONE and result.parcel.stored.message.identity.endpoint_id
    }
    for org, endpoint_id in sorted(gone):
        await disable_endpoint(tx, org=OrgId(org), endpoint_id=endpoint_id, reason="gone")
