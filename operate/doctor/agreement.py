"""Whether Kafka and a database know of the same events, by the newest ones; `redress recover` reads them all."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from operate.doctor.finding import Finding, fail, ok
from operate.doctor.installation import Part
from operate.errors import OperatorError
from operate.recovery import tables
from operate.recovery.compare import readable
from operate.recovery.heard import groups_of
from operate.recovery.log import Log, Range, opened_log
from operate.service_database import opened
from shared.contracts.topics import PUBLISHED_BY
from shared.kernel.clock import SystemClock
from shared.kernel.errors import ServiceError
from shared.platform.db.engine import Database
from shared.platform.kafka.port import TopicPartition

LOOKED_AT: Final = timedelta(days=7)
"""Half of what the topics keep: what is younger is on both sides, or lost."""
TAIL: Final = 200


async def check_agreement(part: Part, client: Mapping[str, Any]) -> AsyncIterator[Finding]:
    """One finding; none where the database cannot be asked, which another check tells."""
    since = SystemClock().now() - LOOKED_AT
    try:
        async with opened(part.service, part.settings.database_url) as db, opened_log(client) as log:
            looked = _Look(part.service, db, log, since)
            faults = [*await looked.published(), *await looked.read()]
    except (OperatorError, ServiceError):
        return
    yield judged_agreement(part.service, faults)


def judged_agreement(service: str, faults: Sequence[str]) -> Finding:
    """What the differences say."""
    if not faults:
        return ok("events.agreement", service, "Kafka and the database know of the same events")
    return fail(
        "events.agreement",
        service,
        "; ".join(faults),
        advice="One of them was restored or has lost something: stop all workers, then `redress recover --dry-run` "
        "says what differs (docs/mishaps.md).",
    )


class _Look:
    def __init__(self, service: str, db: Database, log: Log, since: datetime) -> None:
        self._service = service
        self._db = db
        self._log = log
        self._since = since

    async def published(self) -> list[str]:
        """Whether it knows the ends of its topics, and they hold the newest event of its archive."""
        faults = []
        for topic in PUBLISHED_BY[self._service]:
            newest = await tables.newest(self._db, topic, since=self._since)
            ranges = await self._log.ranges(await self._log.places([topic]))
            held = await self._ids(
                {place: Range(max(part.start, part.end - TAIL), part.end) for place, part in ranges.items()}
            )
            unknown = await tables.unknown(self._db, held)
            if unknown := unknown - await tables.passed_over(self._db, unknown):
                faults.append(f"{topic} holds {len(unknown)} events that {self._service} does not know")
            if newest is not None and newest not in held:
                faults.append(f"{topic} does not hold the event that was published last")
        return faults

    async def read(self) -> list[str]:
        """Whether its consumers have seen what is before their offsets."""
        faults = []
        for group, topics in groups_of(self._service).items():
            committed = await self._log.committed(group)
            ranges = await self._log.ranges(await self._log.places(sorted(topics)))
            read = {place: min(committed.get(place, part.start), part.end) for place, part in ranges.items()}
            ids = await self._ids(
                {place: Range(max(part.start, read[place] - TAIL), read[place]) for place, part in ranges.items()}
            )
            if unseen := await tables.unseen(self._db, group, ids):
                faults.append(f"{group} has not seen {len(unseen)} events before its offsets")
        return faults

    async def _ids(self, parts: Mapping[TopicPartition, Range]) -> list[str]:
        oldest = self._since.timestamp() * 1000
        return [
            event.id
            async for _, records in self._log.records(parts)
            for record in records
            if record.timestamp_ms >= oldest and (event := readable(record)) is not None
        ]
