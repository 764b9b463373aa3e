"""What messages are judged by once more at the moment of sending: cases, rules, endpoints and instants as they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.notify.cases.rules import Case, variables
from services.notify.messages.rules import Message, StoredMessage
from services.notify.planning.rules import hours
from services.notify.webhooks.rules.endpoint import Endpoint
from shared.kernel.ids import OrgId
from shared.packs.language.conditions import judged
from shared.packs.notify.model.section import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The rule of a message, and the zone that its hours are of."""

    rule: Rule
    zone: ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryContext:
    """What a batch of messages is judged by. `terms` has those whose rule is asked again; `now` is real time."""

    now: datetime
    instants: Mapping[OrgId, datetime]
    cases: Mapping[tuple[OrgId, str], Case]
    terms: Mapping[str, Terms]
    endpoints: Mapping[tuple[OrgId, str], Endpoint]

    def at(self, item: StoredMessage) -> datetime:
        """The instant of the message's organisation."""
        return self.instants.get(item.org, self.now)

    def endpoint(self, item: StoredMessage) -> Endpoint | None:
        """The webhook endpoint that the message goes to."""
        return self.endpoints.get((item.org, item.message.identity.endpoint_id))

    def case(self, item: StoredMessage) -> Case | None:
        """The case that the message is about."""
        return self.cases.get((item.org, item.message.identity.case_id))

    def objection(self, item: StoredMessage) -> str | None:
        """Why the message must not be told after all; None when it may."""
        message = item.message
        if message.identity.endpoint_id:
            endpoint = self.endpoint(item)
            if endpoint is None or endpoint.state != "active":
                return "endpoint_removed" if endpoint is None else "endpoint_disabled"
        terms = self.terms.get(message.message_id)
        rule = terms.rule if terms else None
        return objection(message, rule=rule, case=self.case(item), now=self.at(item))

    def next_open(self, item: StoredMessage) -> datetime:
        """Now, or when the hours of the message's rule come next."""
        terms = self.terms.get(item.message.message_id)
        at = self.at(item)
        return at if terms is None else hours.next_open(terms.rule.hours, at=at, zone=terms.zone)


def objection(message: Message, *, rule: Rule | None, case: Case | None, now: datetime) -> str | None:
    """Why `message` must not be sent at `now` after all, judged by the case as it is now; None when it may."""
    if message.expires_at is not None and now > message.expires_at:
        return "deadline_passed"
    if rule is None or case is None:
        return None
    still_valid = judged(rule.still_valid, variables(case, None, on=message.on))
    if still_valid.failure is not None:
        return "condition_failed"
    return None if still_valid.holds else "case_moved_on"
