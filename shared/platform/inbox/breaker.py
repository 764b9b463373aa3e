"""Which producers of poison are stopped: an organisation and event type with many dead letters in a row.

The events of a stopped producer are set aside without being tried, except one after each pause; the first success
lets it go on. So a producer of garbage costs the others nothing. When events of several organisations fail in a row
and none succeeds, the cause lies outside of them: the consumer has given up, which readiness tells, and each further
producer is stopped at its first failure, so that its events are kept and not dead-lettered.
"""

import time
from collections.abc import Callable
from typing import Final, NamedTuple

PROBE_SECONDS: Final = 30.0
ORGANISATIONS: Final = 3


class Producer(NamedTuple):
    """The events of one type of one organisation."""

    org: str
    type: str


class Breaker:
    """Counts failures and successes of one consumer; `in_a_row` dead letters stop a producer."""

    def __init__(
        self,
        *,
        in_a_row: int,
        probe_seconds: float = PROBE_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._in_a_row = in_a_row
        self._probe_seconds = probe_seconds
        self._monotonic = monotonic
        self._failures: dict[Producer, int] = {}
        self._next_probe: dict[Producer, float] = {}
        self._without_success: dict[Producer, int] = {}

    @property
    def given_up(self) -> bool:
        """Whether events of several organisations failed in a row and none succeeded since."""
        organisations = {producer.org for producer in self._without_success}
        return len(organisations) >= ORGANISATIONS and sum(self._without_success.values()) >= self._in_a_row

    def trouble(self) -> str | None:
        """Why the consumer has given up, for readiness; None while it has not. It names no organisation."""
        if not self.given_up:
            return None
        types = ", ".join(sorted({producer.type for producer in self._without_success}))
        count = sum(self._without_success.values())
        return f"{count} events in a row, of several organisations, could not be handled: {types}"

    @property
    def stopped(self) -> frozenset[Producer]:
        """The stopped producers."""
        return frozenset(self._next_probe)

    def sets_aside(self, producer: Producer) -> bool:
        """Whether an event of `producer` is set aside without being tried."""
        due = self._next_probe.get(producer)
        return due is not None and self._monotonic() < due

    def failed(self, producer: Producer) -> bool:
        """Count an event that cannot be handled; whether it is set aside (else it is dead-lettered)."""
        set_aside = producer in self._next_probe or self.given_up
        self._failures[producer] = self._failures.get(producer, 0) + 1
        self._without_success[producer] = self._without_success.get(producer, 0) + 1
        if set_aside or self._failures[producer] >= self._in_a_row:
            self._next_probe[producer] = self._monotonic() + self._probe_seconds
        return set_aside

    def succeeded(self, producer: Producer) -> bool:
        """Count an event that was handled; whether its producer had been stopped."""
        self._without_success.clear()
        self._failures.pop(producer, None)
        return self._next_probe.pop(producer, None) is not None
