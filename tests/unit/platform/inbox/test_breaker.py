"""When a producer of poison is stopped, when it is tried again, and when the whole consumer has given up."""

from shared.platform.inbox.breaker import Breaker, Producer

GARBAGE = Producer("org-1", "case.registered.v1")


class Watch:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def breaker(watch: Watch) -> Breaker:
    return Breaker(in_a_row=3, probe_seconds=30, monotonic=watch)


def test_the_third_failure_in_a_row_stops_the_producer_and_no_other() -> None:
    watch = Watch()
    counts = breaker(watch)
    for _ in range(2):
        assert not counts.failed(GARBAGE)
        assert not counts.sets_aside(GARBAGE)
    assert not counts.failed(GARBAGE)

    assert counts.sets_aside(GARBAGE)
    assert counts.stopped == {GARBAGE}
    assert not counts.sets_aside(Producer("org-2", GARBAGE.type))
    assert not counts.sets_aside(Producer(GARBAGE.org, "case.closed.v1"))


def test_a_success_in_between_begins_the_count_anew() -> None:
    counts = breaker(Watch())
    for _ in range(10):
        counts.failed(GARBAGE)
        counts.failed(GARBAGE)
        assert not counts.succeeded(GARBAGE)
    assert counts.stopped == frozenset()


def test_one_event_is_tried_after_each_pause_and_set_aside_when_it_fails() -> None:
    watch = Watch()
    counts = breaker(watch)
    for _ in range(3):
        counts.failed(GARBAGE)
    watch.now += 29.9
    assert counts.sets_aside(GARBAGE)
    watch.now += 0.1
    assert not counts.sets_aside(GARBAGE)
    assert counts.failed(GARBAGE)
    assert counts.sets_aside(GARBAGE)
    watch.now += 30
    assert counts.succeeded(GARBAGE)
    assert counts.stopped == frozenset()


def test_failures_of_three_organisations_without_a_success_mean_that_the_consumer_has_given_up() -> None:
    counts = breaker(Watch())
    for org in ("org-1", "org-2"):
        counts.failed(Producer(org, "case.registered.v1"))
        counts.failed(Producer(org, "case.registered.v1"))
    assert counts.trouble() is None
    counts.failed(Producer("org-3", "case.closed.v1"))

    assert counts.given_up
    assert counts.trouble() == (
        "5 events in a row, of several organisations, could not be handled: case.closed.v1, case.registered.v1"
    )
    late = Producer("org-4", "case.closed.v1")
    assert counts.failed(late)
    assert counts.sets_aside(late)
    counts.succeeded(Producer("org-5", "case.closed.v1"))
    assert counts.trouble() is None


def test_one_organisation_never_makes_the_consumer_give_up() -> None:
    counts = breaker(Watch())
    for _ in range(1000):
        counts.failed(GARBAGE)
        counts.failed(Producer("org-2", "case.closed.v1"))
    assert counts.trouble() is None
