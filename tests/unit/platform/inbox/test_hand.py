"""What a consumer holds: keys in trouble wait apart, offsets stop at the oldest record that is not settled."""

from shared.platform.inbox.rules.hand import Hand, Trouble
from shared.platform.kafka.port import TopicPartition
from tests.support.arrivals import an_arrival

PLACE = TopicPartition("redress.intake.v1", 0)
FIRST, BEHIND, OTHER = an_arrival("a", 1, offset=7), an_arrival("a", 2, offset=8), an_arrival("b", 1, offset=9)


def a_hand() -> Hand:
    hand = Hand()
    hand.take([FIRST, BEHIND, OTHER])
    return hand


def test_nothing_held_is_nothing_to_do() -> None:
    hand = Hand()
    assert (len(hand), hand.fresh(), hand.due(0), hand.rest(0), hand.room(), hand.offsets()) == (
        0,
        [],
        [],
        None,
        500,
        {},
    )


def test_a_key_in_trouble_waits_for_its_pause_and_leaves_the_others_alone() -> None:
    hand = a_hand()
    hand.put_off(FIRST.ordering_key, Trouble(attempts=1, since=10, not_before=12))
    assert hand.fresh() == [OTHER]
    assert hand.rest(11) == 0
    assert hand.room() == 499
    hand.settled([OTHER])
    assert (hand.fresh(), hand.rest(11), hand.due(11.9)) == ([], 1, [])
    assert hand.due(12) == [FIRST, BEHIND]


def test_a_settled_event_ends_the_trouble_of_its_key() -> None:
    hand = a_hand()
    hand.put_off(FIRST.ordering_key, Trouble(attempts=1, since=10, not_before=12))
    hand.settled([FIRST])
    assert hand.trouble(FIRST.ordering_key) is None
    assert hand.fresh() == [BEHIND, OTHER]


def test_offsets_stop_at_the_oldest_that_is_not_settled() -> None:
    hand = a_hand()
    assert hand.offsets() == {PLACE: 7}
    hand.settled([OTHER])
    assert hand.offsets() == {PLACE: 7}
    hand.settled([FIRST])
    assert hand.offsets() == {PLACE: 8}
    hand.settled([BEHIND])
    assert hand.offsets() == {PLACE: 10}


def test_a_transaction_gets_at_most_five_hundred_and_no_more_is_polled() -> None:
    hand = Hand()
    hand.take([an_arrival(f"k{number}", 1, offset=number) for number in range(520)])
    assert [arrival.record.offset for arrival in hand.fresh()] == list(range(500))
    assert hand.room() == 0


def test_what_went_to_another_member_is_forgotten() -> None:
    hand = a_hand()
    hand.put_off(FIRST.ordering_key, Trouble(attempts=1, since=10, not_before=12))
    hand.clear()
    assert (len(hand), hand.offsets(), hand.trouble(FIRST.ordering_key)) == (0, {}, None)
