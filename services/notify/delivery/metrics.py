"""Metrics of messages and their delivery, over the channels that a provider delivers."""

from typing import Final

from services.notify.messages.rules import Verdict
from shared.packs.notify.model.channels import CHANNELS, Delivery
from shared.platform.observability.declaring import Catalogue, Sampled, counter, gauge

BY_PROVIDER: Final = tuple(name for name, delivery in CHANNELS.items() if delivery is Delivery.PROVIDER)

MESSAGES: Final = counter(
    "redress_notify_messages",
    "Attempts to deliver a message by channel and result.",
    channel=BY_PROVIDER,
    result=tuple(Verdict),
)
WEBHOOK_ATTEMPTS: Final = counter(
    "redress_notify_webhook_attempts", "Deliveries to endpoints of webhooks by result.", result=tuple(Verdict)
)

MESSAGES_UNKNOWN: Final = gauge(
    "redress_notify_messages_outcome_unknown",
    "Messages of unknown outcome, by what they wait for.",
    waits_for=("repetition", "person"),
)
MESSAGES_DUE: Final = gauge(
    "redress_notify_messages_due", "Messages due and not handed over, on real time.", channel=BY_PROVIDER
)
MESSAGE_OVERDUE: Final = gauge(
    "redress_notify_message_overdue_seconds",
    "How long the message that is due longest has been due.",
    channel=BY_PROVIDER,
)

WAITING: Final = Sampled("messages", MESSAGES_UNKNOWN, MESSAGES_DUE, MESSAGE_OVERDUE)
METRICS: Final = Catalogue(worker=(MESSAGES, WEBHOOK_ATTEMPTS), samples=(WAITING,))
