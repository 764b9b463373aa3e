"""Moves a simulated organisation's clock, and waits until everything that a step caused has happened.

Quiescence is observed, never slept for: no outbox row, every consumer has handled what was published
on its topics, nothing due, nothing in flight. One settled look is enough although it is not one
instant: a service acts on an event or on what is due; one that had handled, when it was looked at, all
that the others had published when they were, and had nothing due, can have done nothing since.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from operate.scenarios.session import SERVICES, Session, UnexpectedAnswer
from shared.platform.position import HEADER

POLL_FIRST, POLL_MOST = 0.01, 0.1
LONGEST_SECONDS = 120.0
"""What a killed process had in hand is taken over when its lease ends, a message's after 60 s: twice that is enough."""

Look = Mapping[str, Mapping[str, Any]]


async def settle(session: Session) -> datetime | None:
    """Wait until no service has work; returns the next instant at which something is due, if any.

    Raises UnexpectedAnswer when an event was parked or dead-lettered, or when it takes more than `LONGEST_SECONDS`.
    """
    deadline = asyncio.get_running_loop().time() + LONGEST_SECONDS
    pause = POLL_FIRST
    while True:
        look = dict(await _look(session))
        _refuse_parked(look)
        if _is_settled(look):
            return _next_due(look)
        published = _published(look)
        # One service with work is enough to know that the stack is busy: only it is asked until it has none.
        busy = next((name for name, seen in look.items() if _has_work(seen, published)), SERVICES[0])
        while True:
            if asyncio.get_running_loop().time() > deadline:
                raise UnexpectedAnswer(f"the stack did not come to rest in {LONGEST_SECONDS:.0f} s: {_work_left(look)}")
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, POLL_MOST)
            look[busy] = await _look_at(session, busy)
            _refuse_parked(look)
            if not _has_work(look[busy], published):
                break


async def advance(session: Session, to: datetime, *, now: datetime, due: datetime | None) -> datetime | None:
    """Move the organisation's clock from `now` to `to`, stopping at each instant at which something is due.

    Stopping there makes timers fire in order, each with its own `now`. `due` is what the last `settle`
    returned; returns what the next one did.
    """
    if to <= now:
        return due
    while due is not None and due < to:
        now = max(due, now)
        due = await _set_clock(session, now)
    return await _set_clock(session, to)


async def _set_clock(session: Session, now: datetime) -> datetime | None:
    await session.operate(
        "intake", "POST", f"/v1/organisations/{session.organisation}/clock", json={"now": now.isoformat()}
    )
    return await settle(session)


# A service that does not know the organisation yet still has that event to handle.
_WITHOUT_ORGANISATION: Mapping[str, Any] = {
    "outbox": 0, "published": {}, "handled": {}, "parked": 0, "dead_letters": 0,
    "work": {"handle the organisation's event": 1}, "next_due_at": None,
}  # fmt: skip


async def _look(session: Session) -> Look:
    seen = await asyncio.gather(*(_look_at(session, service) for service in SERVICES))
    return dict(zip(SERVICES, seen, strict=True))


async def _look_at(session: Session, service: str) -> Mapping[str, Any]:
    token, at_once = session.operator_token(), {HEADER: ""}
    answer = await session.call(service, "GET", "/v1/quiescence", token=token, headers=at_once)
    if answer.refused and answer.body.get("code") == "organisation_unknown":
        return _WITHOUT_ORGANISATION
    if answer.refused:
        raise UnexpectedAnswer(f"quiescence of {service} answered {answer.status}: {answer.body}")
    seen: Mapping[str, Any] = answer.body
    return seen


def _published(look: Look) -> dict[str, int]:
    totals: dict[str, int] = {}
    for seen in look.values():
        for topic, count in seen["published"].items():
            totals[topic] = totals.get(topic, 0) + count
    return totals


def _is_settled(look: Look) -> bool:
    """No service has work, and none has handled more than the others had published when they were looked at."""
    published = _published(look)
    return not any(_has_work(seen, published) for seen in look.values()) and all(
        handled == published.get(topic, 0) for seen in look.values() for topic, handled in seen["handled"].items()
    )


def _has_work(seen: Mapping[str, Any], published: Mapping[str, int]) -> bool:
    """Whether a service has something to publish or to do, or has not handled all that was published."""
    if seen["outbox"] or seen["parked"] or any(seen["work"].values()):
        return True
    return any(handled < published.get(topic, 0) for topic, handled in seen["handled"].items())


def _next_due(look: Look) -> datetime | None:
    dues = [datetime.fromisoformat(seen["next_due_at"]) for seen in look.values() if seen["next_due_at"]]
    return min(dues, default=None)


def _work_left(look: Look) -> str:
    published = _published(look)
    parts = []
    for name, seen in look.items():
        behind = {
            topic: f"{handled} of {published.get(topic, 0)}"
            for topic, handled in seen["handled"].items()
            if handled != published.get(topic, 0)
        }
        work = {job: count for job, count in seen["work"].items() if count}
        if seen["outbox"] or seen["parked"] or behind or work:
            parked = f", parked {seen['parked']}" if seen["parked"] else ""
            parts.append(f"{name}: outbox {seen['outbox']}, behind {behind}, work {work}{parked}")
    return "; ".join(parts)


def _refuse_parked(look: Look) -> None:
    for name, seen in look.items():
        if seen["dead_letters"]:
            raise UnexpectedAnswer(
                f"{name} could not handle an event of this organisation "
                f"({seen['parked']} parked, {seen['dead_letters']} dead-lettered)",
                hint="see `redress dead-letter list` and the service's log",
            )
