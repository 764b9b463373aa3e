"""Everything that public operations show of a scenario's organisation, to prove that a step changed nothing."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from operate.scenarios.difference import Difference, as_written, shortened
from operate.scenarios.session import SERVICES, Session

_LISTS: Final = (
    ("intake", "timeline"),
    ("sla", "clocks"),
    ("settlement", "remedies"),
    ("settlement", "ledger"),
    ("notify", "messages"),
)

Seen = Mapping[str, Any]


async def everything_shown(session: Session, cases: Mapping[str, str]) -> Seen:
    """Pages and lists of each case, what reached mail, ERP and webhook sink, and how many events were published."""
    seen: dict[str, Any] = {}
    for name, case_id in cases.items():
        seen[f"case {name}"] = await session.operate("intake", "GET", f"/v1/cases/{case_id}")
        for service, what in _LISTS:
            seen[f"{what} of {name}"] = await session.items(service, f"/v1/cases/{case_id}/{what}")
    for service in SERVICES:
        look = await session.operate(service, "GET", "/v1/quiescence")
        seen[f"events published by {service}"] = look["published"]
    payments = await session.sink(f"{session.stack.erp}/payments", params={"organisation": session.organisation})
    seen["ERP payments"] = payments["payments"]
    deliveries = await session.sink(
        f"{session.stack.webhook_sink}/deliveries", params={"receiver": session.organisation}
    )
    seen["webhook deliveries"] = deliveries["deliveries"]
    return seen


def changes(before: Seen, after: Seen) -> Iterator[Difference]:
    """Each thing shown that is not what it was."""
    for name, was in before.items():
        if was != after[name]:
            yield from _changed(f"unchanged: {name}", was, after[name])


def _changed(where: str, was: Any, now: Any) -> Iterator[Difference]:
    """The innermost parts that differ."""
    if isinstance(was, dict) and isinstance(now, dict):
        for key in {**was, **now}:
            if was.get(key) != now.get(key):
                yield from _changed(f"{where}.{key}", was.get(key), now.get(key))
    elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        for index, (old, new) in enumerate(zip(was, now, strict=True)):
            if old != new:
                yield from _changed(f"{where}[{index}]", old, new)
    elif isinstance(was, list) and isinstance(now, list):
        more = [item for item in now if item not in was]
        yield Difference(where, f"{len(was)} as before", shortened(f"{len(now)}, new: {as_written(more)}"))
    else:
        yield Difference(where, as_written(was), as_written(now))
