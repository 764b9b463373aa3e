"""Events as the records that a broker delivers."""

from datetime import datetime
from itertools import count
from typing import Final

from shared.contracts.envelope import Contract
from shared.kernel.ids import EventId, OrgId, new_id
from shared.platform.kafka.cloud_events import Attributes, headers_of
from shared.platform.kafka.port import Record

_OFFSETS: Final = count()


def record_of(
    data: Contract, *, org: OrgId, case_id: str, version: int, at: datetime, correlation: str = "corr"
) -> Record:
    """An event of a case, as version `version` of the aggregate that it is about."""
    aggregate = next((name for name in ("clock", "remedy", "message") if hasattr(data, f"{name}_id")), "case")
    attributes = Attributes(
        id=EventId(new_id()),
        type=data.TYPE,
        org=org,
        key=case_id,
        aggregate=aggregate,
        aggregate_id=getattr(data, f"{aggregate}_id"),
        version=version,
        occurred_at=at,
        correlation_id=correlation,
        traceparent=None,
    )
    headers = headers_of(attributes, source=b"/redress/test")
    return Record(data.TOPIC, 0, next(_OFFSETS), case_id.encode(), data.model_dump_json().encode(), headers, 0)
