"""Events of a batch handler are collected; the events of an ordering key keep their order."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.ids import EventId, new_id
from shared.platform.inbox.arrival import Arrival, arrival_of
from shared.platform.inbox.batches import batches
from shared.platform.kafka.cloud_events import Attributes, headers_of
from shared.platform.kafka.port import Record
from tests.support.probe import NOON, ORG

Said = tuple[str, str]


def arrivals(said: list[Said], topic: str = "t") -> list[Arrival]:
    return [_arrival(kind, key, offset, topic) for offset, (kind, key) in enumerate(said)]


def _arrival(kind: str, key: str, offset: int, topic: str) -> Arrival:
    event = Attributes(
        id=EventId(new_id()),
        type=kind,
        org=ORG,
        key=key,
        aggregate="note",
        aggregate_id=key,
        version=offset + 1,
        occurred_at=NOON,
        correlation_id="corr",
        traceparent=None,
    )
    headers = headers_of(event, source=b"/redress/probe")
    return arrival_of(Record(topic, 0, offset, key.encode(), b"{}", headers, 0))


def groups(said: list[Said], batched: set[str]) -> list[list[str]]:
    found = batches(arrivals(said), batched=batched)
    return [[f"{arrival.event.type}{arrival.event.key}{arrival.record.offset}" for arrival in group] for group in found]


def test_events_of_a_batched_type_are_one_batch() -> None:
    assert groups([("m", "a"), ("m", "b"), ("m", "a")], {"m"}) == [["ma0", "mb1", "ma2"]]


def test_other_events_stay_at_their_place() -> None:
    assert groups([("x", "a"), ("m", "b"), ("x", "c")], {"m"}) == [["xa0"], ["xc2"], ["mb1"]]


def test_collected_events_of_a_key_come_before_its_next_event() -> None:
    said = [("m", "a"), ("m", "b"), ("x", "a"), ("m", "a")]
    assert groups(said, {"m"}) == [["ma0", "mb1"], ["xa2"], ["ma3"]]


def test_two_collected_types_of_a_key_keep_their_order() -> None:
    said = [("m", "a"), ("n", "b"), ("n", "a"), ("m", "b")]
    assert groups(said, {"m", "n"}) == [["ma0"], ["nb1", "na2"], ["mb3"]]


@given(
    said=st.lists(st.tuples(st.sampled_from("mnxy"), st.sampled_from("abc")), max_size=30),
    batched=st.sets(st.sampled_from("mnxy")),
)
def test_nothing_is_lost_and_every_key_is_in_order(said: list[Said], batched: set[str]) -> None:
    given_ = arrivals(said)
    handled = [arrival for group in batches(given_, batched=batched) for arrival in group]
    assert sorted(arrival.record.offset for arrival in handled) == list(range(len(said)))
    for key in "abc":
        offsets = [arrival.record.offset for arrival in handled if arrival.event.key == key]
        assert all(earlier < later for earlier, later in pairwise(offsets))


def test_the_same_key_on_another_topic_is_another_ordering_key() -> None:
    here, there = arrivals([("m", "a")]), arrivals([("x", "a")], topic="u")
    assert here[0].ordering_key != there[0].ordering_key
    assert [group[0].event.type for group in batches([*here, *there], batched={"m"})] == ["x", "m"]
