"""What notify knows of a case: enough to decide whom to tell what, and whether it is still true."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from shared.contracts import topics
from shared.contracts.catalogue import CATALOGUE
from shared.contracts.intake import Fact as Fact
from shared.kernel.instants import instant_text

MESSAGE_EVENTS: Final = frozenset(event.name for event in CATALOGUE if event.topic == topics.NOTIFY)
"""What may become of a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The last known state of a case, from intake's events."""

    case_id: str
    number: str
    case_type: str
    channel: str
    status: str
    previous_status: str
    owner: str  # role
    first_responder: str  # token subject
    customer_ref: str
    received_at: datetime
    pack: str
    policy_version: int
    facts: Mapping[str, Fact] = field(default_factory=dict)
    milestones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """How a person or organisation on a case is reached. Personal data."""

    role: str
    name: str
    email: str | None
    phone: str | None
    locale: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEvent:
    """One published event as the rules see it. `names` are its canonical names, `data` its JSON form."""

    event_id: str
    names: tuple[str, ...]
    occurred_at: datetime
    data: Mapping[str, object]

    @property
    def may_be_told(self) -> bool:
        """False for what became of a message about a message: a failure that is told of causes no further message."""
        return not (MESSAGE_EVENTS.issuperset(self.names) and self.data.get("on") in MESSAGE_EVENTS)

    @property
    def document(self) -> Mapping[str, object] | None:
        """The document that a step touched."""
        found = self.data.get("document")
        return found if isinstance(found, Mapping) else None

    @property
    def record(self) -> Mapping[str, object] | None:
        """The entry that a step made."""
        found = self.data.get("record")
        return found if isinstance(found, Mapping) else None


def advanced(case: Case, *, status: str, owner: str, facts: Mapping[str, Fact], milestones: Sequence[str]) -> Case:
    """`case` after a step; what it was is remembered as `previous_status`."""
    reached = with_milestones(case, milestones)
    return replace(reached, status=status, previous_status=case.status, owner=owner, facts=facts)


def with_milestones(case: Case, names: Sequence[str]) -> Case:
    """`case` having reached `names` too, each listed once."""
    return replace(case, milestones=tuple(dict.fromkeys((*case.milestones, *names))))


def variables(case: Case, event: CaseEvent | None, *, on: str) -> dict[str, object]:
    """What the expressions of a rule may use; without an event only the case (`still_valid` at sending)."""
    found: dict[str, object] = {
        "case": {
            "case_id": case.case_id,
            "number": case.number,
            "case_type": case.case_type,
            "channel": case.channel,
            "status": case.status,
            "previous_status": case.previous_status,
            "owner": case.owner,
            "first_responder": case.first_responder,
            "customer_ref": case.customer_ref,
            "received_at": instant_text(case.received_at),
            "milestones": list(case.milestones),
        },
        "facts": dict(case.facts),
    }
    if event is not None:
        named = {**event.data, "name": on, "occurred_at": instant_text(event.occurred_at)}
        found |= {"event": named, "document": event.document, "record": event.record}
    return found
