"""The metrics that all services have. Those of a service are in the `metrics.py` of its features.

Labels are closed sets (route template, topic, event type, job, state); ids and paths never become labels.
`docs/metrics.md` is generated from the catalogues.
"""

import platform
from collections.abc import Iterable
from typing import Final

from shared.contracts import topics
from shared.platform.auth.caller import Unauthorised
from shared.platform.observability.declaring import KNOWN_LATER, Catalogue, Sampled, counter, gauge, histogram
from shared.platform.version import VERSION

CODE_CLASSES: Final = ("2xx", "3xx", "4xx", "5xx")

# HTTP
HTTP_REQUEST_DURATION: Final = histogram(
    "redress_http_request_duration_seconds",
    "Time from the first byte of the request to the last of the answer, with exemplars.",
    route=KNOWN_LATER,
    method=KNOWN_LATER,
)
HTTP_REQUESTS: Final = counter(
    "redress_http_requests",
    "Requests answered, by the class of the status code.",
    route=KNOWN_LATER,
    method=KNOWN_LATER,
    code=CODE_CLASSES,
)
HTTP_IN_FLIGHT: Final = gauge("redress_http_requests_in_flight", "Requests admitted and not answered yet.")
HTTP_WAITING: Final = gauge("redress_http_requests_waiting", "Requests waiting for admission.")
HTTP_REFUSED: Final = counter(
    "redress_http_requests_refused",
    "Requests refused for want of room: the queue was full, shed from the longest queue, waited too long, too many "
    "bodies, or a rate was exceeded.",
    reason=("queue_full", "shed", "waited", "bodies", "rate"),
)
HTTP_REPLAYS: Final = counter("redress_http_replays", "Answers given from a stored idempotency key.")
HTTP_OUTCOMES_UNKNOWN: Final = counter(
    "redress_http_outcomes_unknown", "Requests answered 503 because the connection broke during COMMIT."
)
HTTP_CATCH_UP: Final = histogram(
    "redress_http_catch_up_seconds",
    "Waits of requests for events that they rely on, by whether these came.",
    result=("handled", "refused"),
)
AUTH_REFUSED: Final = counter(
    "redress_auth_refused", "Tokens refused, by reason.", reason=sorted({Unauthorised.code, *Unauthorised.titles})
)

# Process
DB_POOL_IN_USE: Final = gauge("redress_db_pool_connections_in_use", "Connections checked out of the pool.")
DB_POOL_MAX: Final = gauge("redress_db_pool_connections_max", "Connections the pool may open.")
LOOP_LAG: Final = histogram("redress_event_loop_lag_seconds", "How late a sleep of 500 ms wakes.")
DISK_FREE: Final = gauge(
    "redress_disk_free_bytes", "Free space where request bodies are spooled.", place=("temporary",)
)
DISK_SIZE: Final = gauge("redress_disk_size_bytes", "Size of the same file system.", place=("temporary",))
CERTIFICATE_EXPIRES: Final = gauge(
    "redress_certificate_expiry_timestamp_seconds",
    "When the first certificate of a configured file ends, in Unix time.",
    certificate=KNOWN_LATER,
)
BUILD_INFO: Final = gauge("redress_build_info", "Always 1; which build runs.", version=KNOWN_LATER, python=KNOWN_LATER)

# Outbox
OUTBOX_PUBLISH_DURATION: Final = histogram(
    "redress_outbox_publish_duration_seconds", "Time to publish one batch and move it to the archive, with exemplars."
)
OUTBOX_LAG: Final = histogram(
    "redress_outbox_lag_seconds", "Time from append to acknowledged publication, with exemplars."
)
OUTBOX_PUBLISHED: Final = counter(
    "redress_outbox_published", "Events acknowledged by the broker.", topic=topics.EVENT_TOPICS
)
OUTBOX_DUPLICATES_POSSIBLE: Final = counter(
    "redress_outbox_duplicates_possible",
    "Events whose publication outcome was unknown and that will be published again.",
)
PRODUCERS_STARTED: Final = counter(
    "redress_kafka_producers_started", "Producers started: one at the start, and one for each given up as wedged."
)

# Inbox and consumers
INBOX_HANDLED: Final = counter("redress_inbox_handled", "Events handled once.", topic=KNOWN_LATER, type=KNOWN_LATER)
INBOX_DUPLICATES: Final = counter(
    "redress_inbox_duplicates", "Events skipped because they had been handled.", topic=topics.EVENT_TOPICS
)
INBOX_STALE: Final = counter(
    "redress_inbox_stale", "Events skipped because a newer version was handled before.", topic=topics.EVENT_TOPICS
)
CAUSE_WAITS: Final = counter(
    "redress_consumer_cause_waits",
    "Events that waited for another topic's event that their producer had seen; `without` were handled without it.",
    topic=topics.EVENT_TOPICS,
    result=("waited", "without"),
)
HANDLER_DURATION: Final = histogram(
    "redress_consumer_handler_duration_seconds",
    "Time to handle one event in its transaction, with exemplars.",
    type=KNOWN_LATER,
)
FAILURE_KINDS: Final = ("unavailable", "undecodable", "refused", "error")
HANDLER_FAILURES: Final = counter(
    "redress_consumer_handler_failures",
    "Attempts to handle an event that failed: something was unavailable, the event undecodable, the use case refused, "
    "or an error of the handler.",
    kind=FAILURE_KINDS,
)
CONSUMER_LAG: Final = gauge(
    "redress_consumer_lag_records",
    "Records behind the end of the topic, of the partitions of this process.",
    group=KNOWN_LATER,
    topic=KNOWN_LATER,
)
CONSUMER_LAG_SECONDS: Final = gauge(
    "redress_consumer_lag_seconds",
    "While records wait: age of the newest record when it was handled, or since when none was handled; else 0.",
    group=KNOWN_LATER,
    topic=KNOWN_LATER,
)
CONSUMER_PROGRESS: Final = gauge(
    "redress_consumer_last_progress_timestamp_seconds",
    "When the consumer last polled or committed, in Unix time.",
    group=KNOWN_LATER,
)

# Jobs and samples
JOB_ITEMS: Final = counter("redress_job_items", "Items done by a job.", job_name=KNOWN_LATER)
JOB_FAILURES: Final = counter("redress_job_failures", "Job rounds that ended in an error.", job_name=KNOWN_LATER)
JOB_DURATION: Final = histogram("redress_job_duration_seconds", "Time of one job round.", job_name=KNOWN_LATER)
SAMPLE_DURATION: Final = histogram(
    "redress_sample_duration_seconds", "Time of one sample of the database.", sample=KNOWN_LATER
)
SAMPLE_FAILURES: Final = counter(
    "redress_sample_failures", "Samples of the database that failed or took too long.", sample=KNOWN_LATER
)
SAMPLED_AT: Final = gauge(
    "redress_sample_timestamp_seconds",
    "When this process last sampled the database, in Unix time; only of the process that leads.",
    sample=KNOWN_LATER,
)

# Sampled: true of the service's schema
OUTBOX_PENDING: Final = gauge("redress_outbox_pending", "Events committed and not published yet.")
OUTBOX_OLDEST_AGE: Final = gauge("redress_outbox_oldest_age_seconds", "Age of the oldest unpublished event.")
DEAD_LETTERS: Final = gauge("redress_dead_letters", "Dead letters not replayed or discarded.")
PARKED_KEYS: Final = gauge("redress_parked_keys", "Keys whose events wait behind one that could not be handled.")
PARKED_OLDEST_AGE: Final = gauge(
    "redress_parked_key_oldest_age_seconds", "How long the key that was parked first has been parked."
)
DB_OLDEST_TRANSACTION: Final = gauge(
    "redress_db_oldest_transaction_age_seconds", "Age of the oldest open transaction of the service's login."
)
DB_ROWS: Final = gauge(
    "redress_db_rows", "Rows in the service's tables by PostgreSQL's statistics.", state=("live", "dead")
)
# Sampled: true of the database server
DB_CONNECTIONS: Final = gauge("redress_db_server_connections", "Connections to all databases of the server.")
DB_CONNECTIONS_MAX: Final = gauge("redress_db_server_connections_max", "Connections that the server accepts.")
DB_SIZE: Final = gauge("redress_db_size_bytes", "Size of the database on disk.")

QUEUES: Final = Sampled("queues", OUTBOX_PENDING, OUTBOX_OLDEST_AGE, DEAD_LETTERS, PARKED_KEYS, PARKED_OLDEST_AGE)
SCHEMA: Final = Sampled("schema", DB_OLDEST_TRANSACTION, DB_ROWS)
DATABASE: Final = Sampled("database", DB_CONNECTIONS, DB_CONNECTIONS_MAX, DB_SIZE, of_database=True)

PLATFORM: Final = Catalogue(
    process=(DB_POOL_IN_USE, DB_POOL_MAX, LOOP_LAG, DISK_FREE, DISK_SIZE, CERTIFICATE_EXPIRES, BUILD_INFO),
    api=(
        *(HTTP_REQUEST_DURATION, HTTP_REQUESTS, HTTP_IN_FLIGHT, HTTP_WAITING, HTTP_REFUSED),
        *(HTTP_REPLAYS, HTTP_OUTCOMES_UNKNOWN, HTTP_CATCH_UP, AUTH_REFUSED),
    ),
    worker=(
        *(OUTBOX_PUBLISH_DURATION, OUTBOX_LAG, OUTBOX_PUBLISHED, OUTBOX_DUPLICATES_POSSIBLE, PRODUCERS_STARTED),
        *(INBOX_HANDLED, INBOX_DUPLICATES, INBOX_STALE, CAUSE_WAITS, HANDLER_DURATION, HANDLER_FAILURES),
        *(CONSUMER_LAG, CONSUMER_LAG_SECONDS, CONSUMER_PROGRESS),
        *(JOB_ITEMS, JOB_FAILURES, JOB_DURATION, SAMPLE_DURATION, SAMPLE_FAILURES, SAMPLED_AT),
    ),
    samples=(QUEUES, SCHEMA, DATABASE),
)


def announce_build() -> None:
    """Set `redress_build_info` for this process. Which service it is says the scraper's label `service`."""
    BUILD_INFO.labels(version=VERSION, python=platform.python_version()).set(1)


def expect_route(route: str, method: str) -> None:
    """Begin the series of a route."""
    HTTP_REQUEST_DURATION.labels(route=route, method=method)
    for code in CODE_CLASSES:
        HTTP_REQUESTS.labels(route=route, method=method, code=code)


def expect_consumer(group: str, handled: Iterable[tuple[str, str]]) -> None:
    """Begin the series of a consumer group that handles these topics and event types."""
    CONSUMER_PROGRESS.labels(group=group)
    for topic, kind in handled:
        CONSUMER_LAG.labels(group=group, topic=topic)
        CONSUMER_LAG_SECONDS.labels(group=group, topic=topic)
        INBOX_HANDLED.labels(topic=topic, type=kind)
        HANDLER_DURATION.labels(type=kind)


def expect_job(name: str) -> None:
    """Begin the series of a job."""
    for metric in (JOB_ITEMS, JOB_FAILURES, JOB_DURATION):
        metric.labels(job_name=name)


def expect_sample(name: str) -> None:
    """Begin the series of a sample; when it was taken says only the process that leads."""
    SAMPLE_DURATION.labels(sample=name)
    SAMPLE_FAILURES.labels(sample=name)
