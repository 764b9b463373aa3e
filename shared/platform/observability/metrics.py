"""The closed catalogue of metrics: every metric of every service is an object in this file.

Names and units follow https://prometheus.io/docs/practices/naming/. Labels are closed sets
(route template, topic, job, state); ids, organisations and paths never become labels.
"""

import platform
from typing import Final

from prometheus_client import REGISTRY, Counter, Gauge, Histogram, generate_latest

from shared.platform.version import VERSION

_FAST: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SLOW: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

# HTTP
HTTP_REQUEST_DURATION: Final = Histogram(
    "http_request_duration_seconds",
    "Time from the first byte of the request to the last of the answer.",
    ("route", "method", "code"),
    buckets=_FAST,
)
HTTP_IN_FLIGHT: Final = Gauge("http_requests_in_flight", "Requests admitted and not answered yet.")
HTTP_WAITING: Final = Gauge("http_requests_waiting", "Requests waiting for admission.")
HTTP_REFUSED: Final = Counter("http_requests_overloaded", "Requests refused with 503 by the admission limit.")
HTTP_REPLAYS: Final = Counter("http_idempotent_replays", "Answers given from a stored idempotency key.", ("route",))
CATCH_UP_SECONDS: Final = Histogram(
    "http_catch_up_seconds", "Waits of requests for events that they rely on.", ("result",)
)
AUTH_REFUSED: Final = Counter("auth_refused", "Tokens refused, by reason.", ("reason",))

# Database
DB_POOL_IN_USE: Final = Gauge("db_pool_connections_in_use", "Connections checked out of the pool.")
DB_POOL_SIZE: Final = Gauge("db_pool_connections_max", "Connections the pool may open.")

# Outbox
OUTBOX_PENDING: Final = Gauge("outbox_pending", "Events committed and not published yet.")
OUTBOX_OLDEST_AGE: Final = Gauge("outbox_oldest_age_seconds", "Age of the oldest unpublished event.")
OUTBOX_PUBLISH_DURATION: Final = Histogram(
    "outbox_publish_duration_seconds", "Time to publish one batch and move it to the archive.", buckets=_FAST
)
OUTBOX_LAG: Final = Histogram("outbox_lag_seconds", "Time from append to acknowledged publication.", buckets=_FAST)
OUTBOX_PUBLISHED: Final = Counter("outbox_published", "Events acknowledged by the broker.", ("topic",))
OUTBOX_DUPLICATES_POSSIBLE: Final = Counter(
    "outbox_duplicates_possible", "Events whose publication outcome was unknown and that will be published again."
)
PRODUCER_RECREATED: Final = Counter("kafka_producer_recreated", "Producers given up as wedged and replaced.")

# Inbox and consumers
INBOX_HANDLED: Final = Counter("inbox_handled", "Events handled once.", ("topic", "type"))
INBOX_DUPLICATES: Final = Counter("inbox_duplicates", "Events skipped because they had been handled.", ("topic",))
INBOX_STALE: Final = Counter("inbox_stale", "Events skipped because a newer version was handled before.", ("topic",))
CAUSE_WAITS: Final = Counter(
    "consumer_cause_waits",
    "Events that waited for another topic's event that their producer had seen; `without` were handled without it.",
    ("topic", "result"),
)
HANDLER_DURATION: Final = Histogram(
    "consumer_handler_duration_seconds", "Time to handle one event in its transaction.", ("type",), buckets=_FAST
)
HANDLER_FAILURES: Final = Counter("consumer_handler_failures", "Attempts that ended in an error.", ("type", "kind"))
CONSUMER_LAG: Final = Gauge("consumer_lag_messages", "Records behind the end of the topic.", ("group", "topic"))
CONSUMER_LAG_SECONDS: Final = Gauge("consumer_lag_seconds", "Age of the last handled record.", ("group", "topic"))
CONSUMER_PROGRESS: Final = Gauge(
    "consumer_last_progress_timestamp_seconds", "When the consumer last polled or committed.", ("group",)
)
DEAD_LETTERS: Final = Gauge("dead_letters", "Dead letters not replayed or discarded.")
PARKED_KEYS: Final = Gauge("parked_keys", "Keys whose events wait behind a poison event.")

# Loops
LOOP_LAG: Final = Histogram("event_loop_lag_seconds", "How late a 500 ms sleep wakes.", buckets=_FAST)
JOB_RUNS: Final = Counter("job_items", "Items done by a job.", ("job",))
JOB_FAILURES: Final = Counter("job_failures", "Job rounds that ended in an error.", ("job",))
JOB_DURATION: Final = Histogram("job_duration_seconds", "Time of one job round.", ("job",), buckets=_FAST)

# SLA
TIMERS_OPEN: Final = Gauge("timers_open", "Timers armed and not fired, met or cancelled.")
TIMER_FIRE_LAG: Final = Histogram("timer_fire_lag_seconds", "How late a due timer fires.", buckets=_SLOW)
WARNINGS_OVERTAKEN: Final = Counter(
    "sla_warnings_overtaken", "Warnings that were due and not told when their clock ended or got another goal."
)
BREACHES: Final = Counter("sla_breaches", "Goals missed.", ("clock",))

# Settlement
PAYOUT_STATE: Final = Gauge("payouts", "Payouts by state.", ("state",))
PAYOUT_UNKNOWN_AGE: Final = Gauge("payout_unknown_age_seconds", "Age of the oldest payout of unknown outcome.")
PAYOUT_PENDING_AGE: Final = Gauge(
    "payout_pending_age_seconds", "Age of the oldest payout that the ERP has accepted and not paid."
)
PAYOUT_ANSWERS: Final = Counter(
    "payout_answers", "Answers of ERPs to payments and questions, by outcome.", ("outcome",)
)
ERP_CALLBACKS: Final = Counter("erp_callbacks", "Callbacks of ERPs by result.", ("result",))
LEDGER_IMBALANCE: Final = Gauge("ledger_imbalance_minor", "Sum of all postings in minor units; must be 0.")

# Notify
MESSAGES: Final = Counter("notify_messages", "Message attempts by result.", ("channel", "result"))
MESSAGES_UNKNOWN: Final = Gauge(
    "notify_messages_outcome_unknown", "Messages of unknown outcome, by what they wait for.", ("waits_for",)
)
WEBHOOK_ATTEMPTS: Final = Counter("webhook_attempts", "Webhook deliveries by result.", ("result",))

BUILD_INFO: Final = Gauge("build_info", "Always 1; which build runs.", ("service", "version", "python"))


def announce_build(service: str) -> None:
    """Set `build_info` for this process."""
    BUILD_INFO.labels(service=service, version=VERSION, python=platform.python_version()).set(1)


def exposition() -> bytes:
    """All metrics in Prometheus text format 0.0.4."""
    return generate_latest(REGISTRY)
