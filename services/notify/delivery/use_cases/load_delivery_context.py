"""Load what messages are judged by once more at the moment of sending."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from services.notify.cases.rules import Case
from services.notify.cases.store import cases_by_key
from services.notify.delivery.rules.delivery_context import DeliveryContext, Terms
from services.notify.delivery.store import simulated_instants
from services.notify.messages.rules import StoredMessage
from services.notify.webhooks.store import endpoints_by_key
from shared.kernel.ids import OrgId
from shared.packs.store import pinned
from shared.platform.db.transaction import Transaction


async def load_delivery_context(tx: Transaction, items: Sequence[StoredMessage], *, now: datetime) -> DeliveryContext:
    """What `items` are judged by; `now` is real time, for organisations without a clock of their own."""
    rechecked = [item for item in items if item.message.is_rechecked]
    named = [item for item in items if item.message.is_rechecked or item.message.identity.endpoint_id]
    known = await cases_by_key(tx, {(item.org, item.message.identity.case_id) for item in named})
    called = {(item.org, item.message.identity.endpoint_id) for item in items if item.message.identity.endpoint_id}
    return DeliveryContext(
        now=now,
        instants=await simulated_instants(tx, {item.org for item in items if item.is_simulated}),
        cases=known,
        terms={item.message.message_id: terms for item in rechecked if (terms := await _terms(tx, item, known))},
        endpoints=await endpoints_by_key(tx, called),
    )


async def _terms(tx: Transaction, item: StoredMessage, known: Mapping[tuple[OrgId, str], Case]) -> Terms | None:
    case = known[(item.org, item.message.identity.case_id)]
    policy = await pinned(tx, org=item.org, pack=case.pack, version=case.policy_version)
    rule = policy.notify.rule(item.message.identity.rule)
    return None if rule is None else Terms(rule=rule, zone=ZoneInfo(policy.pack.zone))
