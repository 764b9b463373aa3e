"""Places are shared out over organisations: none holds all of them, none waits behind another one's queue."""

import asyncio

import pytest

from shared.platform.http.admission import Admission, Overloaded

LONG = 60.0  # no test waits for it


async def soon() -> None:
    """Let what is ready run."""
    for _ in range(3):
        await asyncio.sleep(0)


async def test_one_share_has_at_most_three_quarters_of_the_places() -> None:
    admission = Admission(limit=8, max_waiting=8, wait_seconds=LONG)
    held = [asyncio.create_task(admission.enter("greedy")) for _ in range(7)]
    await soon()

    assert [task.done() for task in held] == [True] * 6 + [False]
    await admission.enter("other")
    held[-1].cancel()


async def test_the_share_with_the_fewest_places_is_next() -> None:
    admission = Admission(limit=4, max_waiting=100, wait_seconds=LONG)
    for _ in range(3):
        await admission.enter("greedy")
    await admission.enter("second")
    admitted: list[str] = []

    async def ask(share: str) -> None:
        await admission.enter(share)
        admitted.append(share)

    waiting = [asyncio.create_task(ask("greedy")) for _ in range(20)]
    waiting += [asyncio.create_task(ask("modest")) for _ in range(2)]
    await soon()
    admission.leave("greedy")
    admission.leave("greedy")
    await soon()

    assert admitted == ["modest", "greedy"]
    for task in waiting:
        task.cancel()


async def test_those_with_equally_many_places_take_turns() -> None:
    admission = Admission(limit=1, max_waiting=100, wait_seconds=LONG)
    await admission.enter("first")
    admitted: list[str] = []

    async def ask(share: str) -> None:
        await admission.enter(share)
        admitted.append(share)
        admission.leave(share)

    async with asyncio.TaskGroup() as group:
        for share in "aaabbbc":
            group.create_task(ask(share))
        await soon()
        admission.leave("first")

    assert "".join(admitted) == "abcabab"


@pytest.mark.parametrize(("newest_first_after", "shed"), [(None, 3), (LONG, 0)])
async def test_a_full_queue_loses_one_of_the_longest_queue_and_not_the_newcomer(
    newest_first_after: float | None, shed: int
) -> None:
    admission = Admission(limit=1, max_waiting=4, wait_seconds=LONG, newest_first_after=newest_first_after)
    await admission.enter("greedy")
    greedy = [asyncio.create_task(admission.enter("greedy")) for _ in range(4)]
    await soon()
    other = asyncio.create_task(admission.enter("other"))
    await soon()

    assert [task.done() for task in greedy] == [number == shed for number in range(4)]
    assert isinstance(greedy[shed].exception(), Overloaded)
    with pytest.raises(Overloaded):
        await admission.enter("greedy")
    left = [task for task in greedy if not task.done()]
    admission.leave("greedy")
    await left[0]
    admission.leave("greedy")
    await other
    for task in left[1:]:
        task.cancel()


@pytest.mark.parametrize(("newest_first_after", "order"), [(None, [0, 1, 2]), (LONG, [0, 1, 2]), (0.0, [2, 1, 0])])
async def test_the_newest_goes_first_once_the_oldest_has_waited_long(
    newest_first_after: float | None, order: list[int]
) -> None:
    admission = Admission(limit=1, max_waiting=4, wait_seconds=LONG, newest_first_after=newest_first_after)
    await admission.enter("a")
    admitted: list[int] = []

    async def ask(number: int) -> None:
        await admission.enter("a")
        admitted.append(number)
        admission.leave("a")

    async with asyncio.TaskGroup() as group:
        for number in range(3):
            group.create_task(ask(number))
        await soon()
        admission.leave("a")
    assert admitted == order


async def test_waiting_has_an_end() -> None:
    admission = Admission(limit=1, max_waiting=1, wait_seconds=0.02)
    await admission.enter("a")
    with pytest.raises(Overloaded):
        await admission.enter("b")
    admission.leave("a")
    await admission.enter("b")
    admission.leave("b")


async def test_a_request_that_is_cancelled_as_its_turn_comes_gives_it_on() -> None:
    admission = Admission(limit=1, max_waiting=2, wait_seconds=LONG)
    await admission.enter("a")
    cancelled = asyncio.create_task(admission.enter("b"))
    await soon()
    admission.leave("a")
    cancelled.cancel()
    await soon()

    assert cancelled.cancelled()
    await admission.enter("c")
