"""Moving a simulated organisation's clock, and seeing that everything a step caused has happened.

Quiescence is observed, never slept for: no outbox row, every consumer has handled what was published
on its topics, nothing due, nothing in flight. One settled look is enough although it is not one
instant: a service acts on an event or on what is due; one that had handled, when it was looked at, all
that the others had published when they were, and had nothing due, can have done nothing since.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from operate.scenarios.session import SERVICES, Session, StackMisbehaves

POLL_FIRST, POLL_MOST = 0.005, 0.1
PATIENCE = 60.0

Look = tuple[Mapping[str, Any], ...]


async def settle(session: Session) -> datetime | None:
    """Wait until nothing moves; returns the next instant at which something will, if any.

    Raises StackMisbehaves when an event was parked or dead-lettered, or when it takes over a minute.
    """
    pause = POLL_FIRST
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while True:
        look = await _look(session)
        _refuse_parked(look)
        if _is_settled(look):
            return _next_due(look)
        if asyncio.get_running_loop().time() > deadline:
            raise StackMisbehaves(f"the stack did not come to rest in {PATIENCE:.0f} s: {_busy(look)}")
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, POLL_MOST)


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


# What a service that has not heard of the organisation yet looks like: it has the news still to handle.
_UNAWARE: Mapping[str, Any] = {
    "outbox": 0, "published": {}, "handled": {}, "parked": 0, "dead_letters": 0,
    "work": {"hear of the organisation": 1}, "next_due_at": None,
}  # fmt: skip


async def _look(session: Session) -> Look:
    return tuple(await asyncio.gather(*(_look_at(session, service) for service in SERVICES)))


async def _look_at(session: Session, service: str) -> Mapping[str, Any]:
    answer = await session.call(service, "GET", "/v1/quiescence", token=session.operator_token())
    if answer.refused and answer.body.get("code") == "organisation_unknown":
        return _UNAWARE
    if answer.refused:
        raise StackMisbehaves(f"quiescence of {service} answered {answer.status}: {answer.body}")
    seen: Mapping[str, Any] = answer.body
    return seen


def _published(look: Look) -> dict[str, int]:
    totals: dict[str, int] = {}
    for service in look:
        for topic, count in service["published"].items():
            totals[topic] = totals.get(topic, 0) + count
    return totals


def _is_settled(look: Look) -> bool:
    published = _published(look)
    return not any(service["outbox"] or service["parked"] or any(service["work"].values()) for service in look) and all(
        handled == published.get(topic, 0) for service in look for topic, handled in service["handled"].items()
    )


def _next_due(look: Look) -> datetime | None:
    dues = [datetime.fromisoformat(service["next_due_at"]) for service in look if service["next_due_at"]]
    return min(dues, default=None)


def _busy(look: Look) -> str:
    published = _published(look)
    parts = []
    for name, service in zip(SERVICES, look, strict=True):
        behind = {
            topic: f"{handled} of {published.get(topic, 0)}"
            for topic, handled in service["handled"].items()
            if handled != published.get(topic, 0)
        }
        work = {job: count for job, count in service["work"].items() if count}
        if service["outbox"] or service["parked"] or behind or work:
            parked = f", parked {service['parked']}" if service["parked"] else ""
            parts.append(f"{name}: outbox {service['outbox']}, behind {behind}, work {work}{parked}")
    return "; ".join(parts)


def _refuse_parked(look: Sequence[Mapping[str, Any]]) -> None:
    for name, service in zip(SERVICES, look, strict=True):
        if service["dead_letters"]:
            raise StackMisbehaves(
                f"{name} could not handle an event of this organisation "
                f"({service['parked']} parked, {service['dead_letters']} dead-lettered)",
                hint="see `redress dead-letter list` and the service's log",
            )
