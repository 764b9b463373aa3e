"""A loop is stalled when it has work and does not get on with it, or has given up."""

from shared.platform.progress import Progress


class Watch:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_nothing_is_stalled_at_the_start() -> None:
    assert Progress().stalled() == {}


def test_an_idle_loop_is_never_stalled() -> None:
    watch = Watch()
    progress = Progress(monotonic=watch)
    progress.beat("relay")
    watch.now += 3600
    assert progress.stalled() == {}


def test_a_loop_with_work_is_stalled_after_a_minute_and_not_at_it() -> None:
    watch = Watch()
    progress = Progress(monotonic=watch)
    progress.beat("relay", has_work=True)
    watch.now += 60
    assert progress.stalled() == {}
    watch.now += 0.001
    assert progress.stalled() == {"relay": "no progress for 60 s"}
    progress.beat("relay", has_work=True)
    assert progress.stalled() == {}


def test_a_loop_in_trouble_is_not_stalled_and_may_get_out_of_it() -> None:
    progress = Progress()
    troubles: list[str | None] = [None, "20 events in a row could not be handled", None]
    progress.watch("sla.cases", lambda: troubles.pop(0))
    assert progress.troubles() == {}
    assert progress.troubles() == {"sla.cases": "20 events in a row could not be handled"}
    assert progress.troubles() == {}
    assert progress.stalled() == {}


def test_a_loop_that_ended_in_order_is_forgotten() -> None:
    progress = Progress()
    progress.beat("relay", has_work=True)
    progress.forget("relay")
    progress.forget("never seen")
    assert progress.stalled() == {}
