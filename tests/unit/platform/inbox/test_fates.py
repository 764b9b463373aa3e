"""What becomes of each event of a batch."""

from shared.platform.inbox.breaker import Producer
from shared.platform.inbox.ordering_key import OrderingKey
from shared.platform.inbox.rules.arrivals import Fate, Known, fates, unseen_of
from tests.support.arrivals import an_arrival
from tests.support.probe import ORG


def known(*unseen: str, **changed: object) -> Known:
    values: dict[str, object] = {"high_water": {}, "parked": frozenset(), "stopped": frozenset()}
    return Known(unseen=frozenset(unseen), **(values | changed))  # type: ignore[arg-type]


def test_an_event_that_the_inbox_had_is_a_duplicate_and_so_is_its_repetition_in_the_batch() -> None:
    seen, new = an_arrival("a", 1), an_arrival("b", 1)
    arrivals = [seen, new, new]
    assert fates(arrivals, known(new.event.id)) == [Fate.DUPLICATE, Fate.HANDLED, Fate.DUPLICATE]
    assert unseen_of(arrivals, {new.event.id}) == [new]


def test_a_version_at_or_below_the_high_water_is_stale() -> None:
    arrivals = [an_arrival("a", version) for version in (4, 5, 6, 5)]
    found = fates(arrivals, known(*(each.event.id for each in arrivals), high_water={(ORG, "note", "a"): 4}))
    assert found == [Fate.STALE, Fate.HANDLED, Fate.HANDLED, Fate.STALE]


def test_events_of_a_parked_key_queue_behind_it_on_its_topic_only() -> None:
    parked, other = an_arrival("a", 1), an_arrival("a", 2, topic="another")
    found = fates([parked, other], known(parked.event.id, other.event.id, parked=frozenset({parked.ordering_key})))
    assert found == [Fate.QUEUED, Fate.HANDLED]


def test_the_first_event_of_a_stopped_producer_is_set_aside_and_its_key_queues_behind() -> None:
    first, second, other = an_arrival("a", 1), an_arrival("a", 2, type="note.seen.v1"), an_arrival("b", 1, type="x.v1")
    ids = [each.event.id for each in (first, second, other)]
    found = fates([first, second, other], known(*ids, stopped=frozenset({Producer(ORG, "note.made.v1")})))
    assert found == [Fate.SET_ASIDE, Fate.QUEUED, Fate.HANDLED]


def test_an_ordering_key_is_organisation_topic_and_key() -> None:
    assert an_arrival("a", 1).ordering_key == OrderingKey(ORG, "redress.intake.v1", "a")
