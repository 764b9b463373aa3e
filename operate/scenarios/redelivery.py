"""Publishing an organisation's events again, and waiting until every consumer has read them."""

from collections.abc import Mapping

from operate.scenarios.quiescence import settle
from operate.scenarios.session import SERVICES, Answer, Session
from operate.scenarios.verb_call import without_none
from shared.kernel.ids import new_id


async def replay(session: Session, *, case_id: str | None, to: str | None) -> Answer:
    """Ask every service to publish its events again; answers when they are read, with how many there were.

    `case_id` restricts them to one case, `to` to the topics that a service reads.
    """
    topics: list[str | None] = [None] if to is None else await _topics_of(session, to)
    events = dict.fromkeys(SERVICES, 0)
    for service in SERVICES:
        for topic in topics:
            answer = await _ask(session, service, without_none(key=case_id, topic=topic))
            if answer.refused:
                return answer
            events[service] += answer.body["events"]
    await settle(session)
    await session.stack.all_read()
    return Answer(202, {"events": sum(events.values()), "of": events}, {})


async def _ask(session: Session, service: str, body: Mapping[str, str]) -> Answer:
    return await session.call(
        service,
        "POST",
        "/v1/outbox/replay",
        token=session.operator_token(),
        json=body,
        headers={"Idempotency-Key": new_id()},
    )


async def _topics_of(session: Session, service: str) -> list[str | None]:
    """The topics that a service reads, as listed by its quiescence."""
    seen = await session.operate(service, "GET", "/v1/quiescence")
    return sorted(seen["handled"])
