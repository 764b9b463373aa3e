"""A supervised loop outlives its rounds, whatever they raise, and ends when told to."""

import asyncio
from collections.abc import Callable, Iterator

import pytest

from shared.platform import loops
from shared.platform.loops import Pace, gathering, supervised
from shared.platform.progress import Progress


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "RESTART_FIRST_SECONDS", 0.001)


def rounds(*raised: BaseException) -> tuple[Callable[[], object], list[int]]:
    done: list[int] = []
    errors: Iterator[BaseException] = iter(raised)

    async def body() -> None:
        done.append(len(done))
        for error in errors:
            raise error

    return body, done


async def run(body: Callable[[], object], progress: Progress | None = None) -> None:
    await supervised("loop", body, stop=asyncio.Event(), progress=progress or Progress())  # type: ignore[arg-type]


async def test_a_round_that_raises_is_run_again() -> None:
    body, done = rounds(RuntimeError(), OSError(), ExceptionGroup("g", [ValueError()]))
    await run(body)
    assert len(done) == 4


async def test_a_cancelled_error_nobody_asked_for_does_not_end_the_loop() -> None:
    body, done = rounds(asyncio.CancelledError())
    await run(body)
    assert len(done) == 2


async def test_a_cancelled_loop_ends() -> None:
    async def body() -> None:
        await asyncio.sleep(60)

    task = asyncio.create_task(run(body))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_stop_during_the_pause_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "RESTART_FIRST_SECONDS", 60)
    stop = asyncio.Event()
    body, _ = rounds(RuntimeError())
    task = asyncio.create_task(supervised("loop", body, stop=stop, progress=Progress()))  # type: ignore[arg-type]
    await asyncio.sleep(0.01)
    stop.set()
    await asyncio.wait_for(task, 1)


async def test_a_wake_up_ends_the_rest_and_one_before_it_is_not_missed() -> None:
    pace = Pace(stop=asyncio.Event(), idle_seconds=60)
    async with asyncio.timeout(1):
        resting = asyncio.create_task(pace.rest(did_work=False))
        await asyncio.sleep(0.01)
        pace.wake()
        await resting
        pace.wake()
        await pace.rest(did_work=False)


async def test_a_stop_ends_the_rest() -> None:
    stop = asyncio.Event()
    pace = Pace(stop=stop, idle_seconds=60)
    stop.set()
    await asyncio.wait_for(pace.rest(did_work=False), 1)


@pytest.mark.parametrize(("took", "rest"), [(0.0, 0.0), (0.01, 0.04), (0.05, 0.2), (0.0625, 0.25), (3.0, 0.25)])
def test_work_gathers_for_four_times_as_long_as_the_round_took(took: float, rest: float) -> None:
    assert gathering(took) == pytest.approx(rest)


async def test_a_loop_that_gathers_rests_by_the_length_of_its_round() -> None:
    """A round of 20 ms is followed by 80 ms; without gathering by 5."""
    clock = asyncio.get_running_loop()
    rested: list[float] = []
    for gathers in (True, False):
        pace = Pace(stop=asyncio.Event(), idle_seconds=60, gathers=gathers)
        await asyncio.sleep(0.02)
        began = clock.time()
        await pace.rest(did_work=True)
        rested.append(clock.time() - began)
    assert rested[0] >= 0.08
    assert rested[1] < rested[0]
