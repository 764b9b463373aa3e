"""A published event as one JSON document: CloudEvents 1.0.2, JSON format §3, with the attributes of the Kafka binding.

Webhooks and the feed of changes say an event in this form; the values are those of the record on the topic.
"""

from datetime import datetime
from typing import Final, NamedTuple

from shared.kernel.instants import instant_text

MEDIA_TYPE: Final = "application/cloudevents+json"


class About(NamedTuple):
    """The attributes of an event. `key` orders its topic, `version` rises with every event of the aggregate."""

    id: str
    type: str
    source: str
    org: str
    key: str
    aggregate: str
    aggregate_id: str
    version: int
    occurred_at: datetime
    correlation_id: str


def structured(about: About, *, data: object) -> dict[str, object]:
    """The document of an event whose payload is `data`."""
    return {
        "specversion": "1.0",
        "id": about.id,
        "source": about.source,
        "type": about.type,
        "subject": f"{about.aggregate}/{about.aggregate_id}",
        "time": instant_text(about.occurred_at),
        "datacontenttype": "application/json",
        "org": about.org,
        "partitionkey": about.key,
        "aggregate": about.aggregate,
        "aggregateid": about.aggregate_id,
        "aggregateversion": about.version,
        "correlationid": about.correlation_id,
        "data": data,
    }
