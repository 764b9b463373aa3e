"""Events of a batch handler are collected; the events of an ordering key keep their order."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.envelope import Envelope
from shared.kernel.ids import EventId, new_id
from shared.platform.db.transaction import Transaction
from shared.platform.inbox.arrival import Arrival, BatchHandler, arrival_of
from shared.platform.inbox.batches import batches, shares
from shared.platform.kafka.cloud_events import Attributes, headers_of
from shared.platform.kafka.port import Record
from tests.support.probe import NOON, ORG

Said = tuple[str, str]


async def first(_tx: Transaction, _events: Sequence[Envelope[Any]]) -> None:
    """Stands for one batch handler."""


async def second(_tx: Transaction, _events: Sequence[Envelope[Any]]) -> None:
    """Stands for another one."""


FIRST, SECOND = BatchHandler(first), BatchHandler(second)


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


def groups(said: list[Said], handlers: Mapping[str, BatchHandler]) -> list[list[str]]:
    found = batches(arrivals(said), handlers=handlers)
    return [[f"{arrival.event.type}{arrival.event.key}{arrival.record.offset}" for arrival in group] for group in found]


def test_events_of_a_batched_type_are_one_batch() -> None:
    assert groups([("m", "a"), ("m", "b"), ("m", "a")], {"m": FIRST}) == [["ma0", "mb1", "ma2"]]


def test_other_events_stay_at_their_place() -> None:
    assert groups([("x", "a"), ("m", "b"), ("x", "c")], {"m": FIRST}) == [["xa0"], ["xc2"], ["mb1"]]


def test_collected_events_of_a_key_come_before_its_next_event() -> None:
    said = [("m", "a"), ("m", "b"), ("x", "a"), ("m", "a")]
    assert groups(said, {"m": FIRST}) == [["ma0", "mb1"], ["xa2"], ["ma3"]]


def test_two_handlers_of_a_key_keep_their_order() -> None:
    said = [("m", "a"), ("n", "b"), ("n", "a"), ("m", "b")]
    assert groups(said, {"m": FIRST, "n": SECOND}) == [["ma0"], ["nb1", "na2"], ["mb3"]]


def test_types_of_one_handler_are_one_batch_in_their_order() -> None:
    said = [("m", "a"), ("n", "a"), ("m", "b"), ("n", "b"), ("m", "a")]
    assert groups(said, {"m": FIRST, "n": FIRST}) == [["ma0", "na1", "mb2", "nb3", "ma4"]]


def test_each_type_has_its_share_of_the_time() -> None:
    of_batch = shares(arrivals([("m", "a"), ("n", "a"), ("m", "b"), ("m", "c")]), 2.0)
    assert of_batch == pytest.approx({"m": 1.5, "n": 0.5})


@given(
    said=st.lists(st.tuples(st.sampled_from("mnxy"), st.sampled_from("abc")), max_size=30),
    handlers=st.dictionaries(st.sampled_from("mnxy"), st.sampled_from((FIRST, SECOND))),
)
def test_nothing_is_lost_and_every_key_is_in_order(said: list[Said], handlers: dict[str, BatchHandler]) -> None:
    given_ = arrivals(said)
    handled = [arrival for group in batches(given_, handlers=handlers) for arrival in group]
    assert sorted(arrival.record.offset for arrival in handled) == list(range(len(said)))
    for key in "abc":
        offsets = [arrival.record.offset for arrival in handled if arrival.event.key == key]
        assert all(earlier < later for earlier, later in pairwise(offsets))


def test_the_same_key_on_another_topic_is_another_ordering_key() -> None:
    here, there = arrivals([("m", "a")]), arrivals([("x", "a")], topic="u")
    assert here[0].ordering_key != there[0].ordering_key
    assert [group[0].event.type for group in batches([*here, *there], handlers={"m": FIRST})] == ["x", "m"]


def test_where_the_order_over_topics_counts_a_key_is_one_over_all_topics() -> None:
    here, there = arrivals([("m", "a")]), arrivals([("x", "a")], topic="u")
    found = batches([*here, *there], handlers={"m": FIRST}, together={(ORG, "a")})
    assert [group[0].event.type for group in found] == ["m", "x"]
