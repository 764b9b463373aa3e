"""What messages are judged by once more before they are told: cases, rules, endpoints and instants as they are now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.notify.cases.rules import Case
from services.notify.cases.store import cases
from services.notify.delivery.rules.recheck import objection
from services.notify.delivery.store import simulated_instants
from services.notify.messages.rules import Channel, Kept
from services.notify.planning.rules import hours
from services.notify.webhooks.rules.endpoint import Endpoint
from services.notify.webhooks.store import endpoints
from shared.kernel.clock import SystemClock
from shared.kernel.ids import OrgId
from shared.packs.notify.model.section import Rule
from shared.packs.store import pinned
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The rule of a message, and the zone that its hours are of."""

    rule: Rule
    zone: ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a batch is judged by. `terms` are those of messages whose rule has something to say at this moment."""

    now: datetime
    instants: Mapping[OrgId, datetime]
    cases: Mapping[tuple[OrgId, str], Case]
    terms: Mapping[str, Terms]
    endpoints: Mapping[tuple[OrgId, str], Endpoint]

    def at(self, item: Kept) -> datetime:
        """The instant of the message's organisation."""
        return self.instants.get(item.org, self.now)

    def endpoint(self, item: Kept) -> Endpoint | None:
        """The webhook endpoint that the message goes to."""
        return self.endpoints.get((item.org, item.message.identity.endpoint_id))

    def objection(self, item: Kept) -> str | None:
        """Why the message must not be told after all; None when it may."""
        message = item.message
        if message.identity.channel is Channel.WEBHOOK:
            endpoint = self.endpoint(item)
            if endpoint is None or endpoint.state != "active":
                return "endpoint_removed" if endpoint is None else "endpoint_disabled"
        terms = self.terms.get(message.message_id)
        case = self.cases.get((item.org, message.identity.case_id))
        return objection(message, rule=terms.rule if terms else None, case=case, now=self.at(item))

    def next_open(self, item: Kept) -> datetime:
        """Now, or when the hours of the message's rule come next."""
        terms = self.terms.get(item.message.message_id)
        at = self.at(item)
        return at if terms is None else hours.next_open(terms.rule.hours, at=at, zone=terms.zone)


async def surroundings(tx: Transaction, items: Sequence[Kept]) -> Surroundings:
    """Load what `items` are judged by."""
    rechecked = [item for item in items if item.message.is_rechecked]
    known = await cases(tx, {(item.org, item.message.identity.case_id) for item in rechecked})
    called = {(item.org, item.message.identity.endpoint_id) for item in items if item.message.identity.endpoint_id}
    return Surroundings(
        now=SystemClock().now(),
        instants=await simulated_instants(tx, {item.org for item in items if item.is_simulated}),
        cases=known,
        terms={item.message.message_id: terms for item in rechecked if (terms := await _terms(tx, item, known))},
        endpoints=await endpoints(tx, called),
    )


async def _terms(tx: Transaction, item: Kept, known: Mapping[tuple[OrgId, str], Case]) -> Terms | None:
    case = known[(item.org, item.message.identity.case_id)]
    policy = await pinned(tx, org=item.org, pack=case.pack, version=case.policy_version)
    rule = policy.notify.rule(item.message.identity.rule)
    return None if rule is None else Terms(rule=rule, zone=ZoneInfo(policy.pack.zone))
