"""Which faults a run plays, and when: a function of the seed.

All faults are shuffled like a deck of cards and dealt one after the other, so that a long run plays each of them and a
short one plays different ones for different seeds. A fault lasts longer than the pause between two beginnings, so
faults overlap; on one target there is one at a time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random  # noqa: TID251 - the seed is what makes a run repeatable
from typing import Final

from shared.contracts.catalogue import SERVICES

FAILPOINTS: Final = {
    "http.after_commit": {"intake": 60, "settlement": 15},
    "relay.after_publish": {"intake": 60, "sla": 15, "settlement": 15, "notify": 60},
    "relay.after_commit": {"intake": 60, "sla": 15, "settlement": 15, "notify": 60},
    "consumer.after_commit": {"intake": 60, "sla": 60, "settlement": 60, "notify": 60},
    "notify.before_record": {"notify": 15},
    "payout.before_call": {"settlement": 3},
    "payout.after_call": {"settlement": 3},
}
"""Every named point of the product (`shared/platform/failpoints.py`), and the services that pass it under this load.

An armed process dies at one of the first so many passes, which a complaint a second makes in some seconds.
"""
SERVERS: Final = ("postgres", "kafka")
SINKS: Final = ("erp", "mail")
_RESTARTS: Final = {"kill": 5.0, "failpoint": 10.0, "clock": 10.0, "join": 5.0}
"""Seconds beside its own that a fault takes for starting processes: its target is not free before."""
MOVED_SECONDS: Final = (-90, -30, 30, 90)


@dataclass(frozen=True, slots=True)
class Card:
    """A fault of a target; it lasts between `shortest` and `longest` seconds. `detail` is what of the fault's kind."""

    fault: str
    target: str
    shortest: float
    longest: float
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A fault that begins `at` seconds after the first and is mended `seconds` later. `number` is its place in the run."""

    number: int
    at: float
    seconds: float
    fault: str
    target: str
    detail: str = ""

    @property
    def name(self) -> str:
        """As people read it: `stop sla`, `failpoint notify (http.after_commit:7)`."""
        return f"{self.fault} {self.target}" + (f" ({self.detail})" if self.detail else "")


def plan(seed: int, *, seconds: float, pause: float) -> tuple[Planned, ...]:
    """Faults that begin about every `pause` seconds and have ended after `seconds`."""
    random = Random(seed)
    cards = _dealt(random)
    waiting: list[Card] = []
    free_at: dict[str, float] = {}
    planned: list[Planned] = []
    at = 0.0
    while at < seconds:
        card = _next(waiting, cards, free_at, at)
        lasts = random.uniform(card.shortest, card.longest)
        if at + lasts > seconds:
            break
        free_at[card.target] = at + lasts + _RESTARTS.get(card.fault, 0.0)
        most = FAILPOINTS.get(card.detail, {}).get(card.target)
        detail = f"{card.detail}:{random.randint(1, most)}" if most else card.detail
        planned.append(
            Planned(
                number=len(planned) + 1,
                at=round(at, 2),
                seconds=round(lasts, 2),
                fault=card.fault,
                target=card.target,
                detail=detail,
            )
        )
        at += random.uniform(pause / 2, pause * 1.5)
    return tuple(planned)


def deck() -> list[Card]:
    """Every fault once, a kill of each service twice."""
    return [
        *(Card("kill", service, 0.0, 3.0) for service in (*SERVICES, *SERVICES)),
        *(
            Card("failpoint", service, 10.0, 16.0, detail=point)
            for point, services in FAILPOINTS.items()
            for service in services
        ),
        *(Card("stop", service, 2.0, 10.0) for service in SERVICES),
        *(Card("join", service, 6.0, 15.0) for service in SERVICES),
        *(Card("clock", service, 8.0, 15.0, detail=_moved(place)) for place, service in enumerate(SERVICES)),
        *(Card("kill", server, 0.0, 5.0) for server in SERVERS),
        *(Card(fault, server, 2.0, 8.0) for fault in ("freeze", "hold", "cut") for server in SERVERS),
        *(Card("slow", server, 5.0, 12.0) for server in SERVERS),
        Card("fill", "postgres", 3.0, 8.0),
        *(Card("kill", sink, 0.0, 5.0) for sink in SINKS),
        *(Card(fault, sink, 2.0, 8.0) for fault in ("freeze", "hold", "cut") for sink in SINKS),
        *(Card("slow", sink, 5.0, 12.0) for sink in SINKS),
        *(Card("lie", "erp", 4.0, 8.0, detail=kind) for kind in ("timeout", "error", "nul", "forget")),
        *(Card("lie", "mail", 4.0, 8.0, detail=kind) for kind in ("refuse", "silent", "lose")),
    ]


def _moved(place: int) -> str:
    return f"{MOVED_SECONDS[place % len(MOVED_SECONDS)]:+d} s"


def _dealt(random: Random) -> Iterator[Card]:
    while True:
        cards = deck()
        random.shuffle(cards)
        yield from cards


def _next(waiting: list[Card], cards: Iterator[Card], free_at: dict[str, float], at: float) -> Card:
    """The first card whose target is free; those before it wait for their turn."""
    for card in waiting:
        if free_at.get(card.target, 0.0) <= at:
            waiting.remove(card)
            return card
    while True:
        card = next(cards)
        if free_at.get(card.target, 0.0) <= at:
            return card
        waiting.append(card)
