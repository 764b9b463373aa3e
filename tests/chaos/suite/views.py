"""What a person sees of a case, without what differs between two cases that went the same way: ids, numbers, instants.

What a fault may leave to be seen is left out as well: that a payment was in doubt for a while, that a message was
handed over twice or perhaps, and that a message about a departure was out of date when its turn came.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

Seen = Mapping[str, Any]

_MAY_DIFFER: Final = frozenset(
    {"remedy.payout_in_doubt", "remedy.payout_pending", "message.outcome_unknown", "message.sent", "message.skipped"}
)
_OF_DEPARTURE: Final = "customer_departure"
_TOLD: Final = frozenset({"sent", "outcome_unknown"})


def view_of(
    page: Seen,
    *,
    timeline: Iterable[Seen],
    clocks: Iterable[Seen],
    remedies: Iterable[Seen],
    messages: Iterable[Seen],
) -> Seen:
    """The case page of intake with its history, and what the other services show of the case."""
    return {
        **_of_page(page),
        "timeline": sorted(_picked(timeline, "source", "what", "cite", but=_MAY_DIFFER)),
        "clocks": sorted([*row, len(one["breaches"])] for row, one in _rows(clocks, "clock", "state", "goal", "cite")),
        "remedies": sorted(
            [*row, one["amount"]["minor"], sorted(each["role"] for each in one["approvals"])]
            for row, one in _rows(remedies, "remedy", "state", "cite")
        ),
        "messages": sorted(_messages(messages)),
    }


def _of_page(page: Seen) -> dict[str, Any]:
    return {
        **{name: page[name] for name in ("case_type", "channel", "status", "owner", "first_responder", "order_ref")},
        "facts": page["facts"],
        "milestones": [each["name"] for each in page["milestones"] if each["step"] is not None],
        "milestones of others": sorted(
            each["name"] for each in page["milestones"] if each["step"] is None and each["name"] not in _MAY_DIFFER
        ),
        "next": [each["step"] for each in page["next"]],
        "evidence": sorted(_picked(page["evidence"], "kind", "filename", "sha256")),
        "documents": [_document(each) for each in page["documents"]],
        "visits": len(page["visits"]),
        "shown clocks": sorted(_picked(page["clocks"], "clock", "state", "breached", "cite")),
        "shown remedies": sorted(_picked(page["remedies"], "remedy", "state", "cite")),
        "shown messages": sorted(_messages(page["messages"])),
    }


def _document(document: Seen) -> Sequence[Any]:
    return [document["template"], document["state"], document["signed_by"]]


def _messages(messages: Iterable[Seen]) -> list[list[Any]]:
    return [[*row, _told(one)] for row, one in _rows(messages, "rule", "on", "recipient", "channel")]


def _told(message: Seen) -> str:
    """Told, perhaps or for sure; or its state. A departure that is over when its message's turn comes is not told."""
    is_over = message["state"] == "skipped" and message["rule"] == _OF_DEPARTURE
    return "told" if message["state"] in _TOLD or is_over else str(message["state"])


def _picked(items: Iterable[Seen], *names: str, but: frozenset[str] = frozenset()) -> list[list[Any]]:
    return [row for row, one in _rows(items, *names) if one.get("what") not in but]


def _rows(items: Iterable[Seen], *names: str) -> list[tuple[list[Any], Seen]]:
    return [([_shown(one[name]) for name in names], one) for one in items]


def _shown(value: Any) -> Any:
    return "" if value is None else value
