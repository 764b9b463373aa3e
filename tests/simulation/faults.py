"""What goes wrong in a run, and when it ends."""

from dataclasses import dataclass, field

from tests.simulation.scheduler import Scheduler

KINDS = ("poison", "absent", "killer")


@dataclass
class Faults:
    """Chances of faults; after `calm` none happens, and an operator has mended what was poison."""

    scheduler: Scheduler
    is_calm: bool = False
    _of_event: dict[tuple[str, str], tuple[str, float]] = field(default_factory=dict)

    def happens(self, _what: str, chance: float = 0.03) -> bool:
        """Whether something goes wrong now."""
        return not self.is_calm and self.scheduler.random.random() < chance

    async def take_time(self, scheduler: Scheduler) -> None:
        """A handler is slow now and then."""
        if not self.is_calm and scheduler.random.random() < 0.1:
            await scheduler.sleep(scheduler.random.random() * 0.8)

    def of(self, service: str, event_id: str, now: float) -> str:
        """How the event fails at the service now; empty when it does not."""
        if self.is_calm:
            return ""
        place = (service, event_id)
        if place not in self._of_event:
            kind = KINDS[int(self.scheduler.random.random() * 3)] if self.scheduler.random.random() < 0.12 else ""
            self._of_event[place] = (kind, now + self.scheduler.random.random() * 4)
        kind, until = self._of_event[place]
        return kind if kind != "absent" or now < until else ""
