"""Topic names. Partitions and retention are in `deploy/topics.yaml`; a test compares the two."""

from typing import Final

REGISTRY: Final = "redress.registry.v1"
INTAKE: Final = "redress.intake.v1"
SLA: Final = "redress.sla.v1"
SETTLEMENT: Final = "redress.settlement.v1"
NOTIFY: Final = "redress.notify.v1"

EVENT_TOPICS: Final = (REGISTRY, INTAKE, SLA, SETTLEMENT, NOTIFY)


def dead_letter_topic(service: str) -> str:
    """Where the consumer of `service` puts what it cannot handle."""
    return f"redress.{service}.dead-letter.v1"


PUBLISHED_BY: Final = {"intake": (REGISTRY, INTAKE), "sla": (SLA,), "settlement": (SETTLEMENT,), "notify": (NOTIFY,)}
"""The event topics of each service; no other publishes there."""


def consumer_of(service: str, topic: str) -> str:
    """The consumer group in which `service` reads `topic`."""
    return f"{service}.registry" if topic == REGISTRY else f"{service}.cases"
