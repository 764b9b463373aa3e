"""Places are shared out over organisations: none holds all of them, none waits behind another one's queue."""

import asyncio

import pytest

from shared.platform.http.admission import Admission, Ask, Overloaded, Place

LONG = 60.0  # no test waits for it


def read(share: str, places: int = 1) -> Ask:
    """What a request that reads asks for."""
    return Ask(share, places, reads=True)


async def soon() -> None:
    """Let what is ready run."""
    for _ in range(3):
        await asyncio.sleep(0)


async def test_one_share_has_at_most_three_quarters_of_the_places() -> None:
    admission = Admission(limit=8, max_waiting=8, wait_seconds=LONG)
    held = [asyncio.create_task(admission.enter(read("greedy"))) for _ in range(7)]
    await soon()

    assert [task.done() for task in held] == [True] * 6 + [False]
    await admission.enter(read("other"))
    held[-1].cancel()


async def test_the_share_with_the_fewest_places_is_next() -> None:
    admission = Admission(limit=4, max_waiting=100, wait_seconds=LONG)
    for _ in range(3):
        await admission.enter(read("greedy"))
    await admission.enter(read("second"))
    admitted: list[str] = []

    async def ask(share: str) -> None:
        await admission.enter(read(share))
        admitted.append(share)

    waiting = [asyncio.create_task(ask("greedy")) for _ in range(20)]
    waiting += [asyncio.create_task(ask("modest")) for _ in range(2)]
    await soon()
    admission.leave(read("greedy"))
    admission.leave(read("greedy"))
    await soon()

    assert admitted == ["modest", "greedy"]
    for task in waiting:
        task.cancel()


async def test_those_with_equally_many_places_take_turns() -> None:
    admission = Admission(limit=1, max_waiting=100, wait_seconds=LONG)
    await admission.enter(read("first"))
    admitted: list[str] = []

    async def ask(share: str) -> None:
        await admission.enter(read(share))
        admitted.append(share)
        admission.leave(read(share))

    async with asyncio.TaskGroup() as group:
        for share in "aaabbbc":
            group.create_task(ask(share))
        await soon()
        admission.leave(read("first"))

    assert "".join(admitted) == "abcabab"


@pytest.mark.parametrize(("newest_first_after", "shed"), [(None, 3), (LONG, 0)])
async def test_a_full_queue_loses_one_of_the_longest_queue_and_not_the_newcomer(
    newest_first_after: float | None, shed: int
) -> None:
    admission = Admission(limit=1, max_waiting=4, wait_seconds=LONG, newest_first_after=newest_first_after)
    await admission.enter(read("greedy"))
    greedy = [asyncio.create_task(admission.enter(read("greedy"))) for _ in range(4)]
    await soon()
    other = asyncio.create_task(admission.enter(read("other")))
    await soon()

    assert [task.done() for task in greedy] == [number == shed for number in range(4)]
    assert isinstance(greedy[shed].exception(), Overloaded)
    with pytest.raises(Overloaded):
        await admission.enter(read("greedy"))
    left = [task for task in greedy if not task.done()]
    admission.leave(read("greedy"))
    await left[0]
    admission.leave(read("greedy"))
    await other
    for task in left[1:]:
        task.cancel()


@pytest.mark.parametrize(("newest_first_after", "order"), [(None, [0, 1, 2]), (LONG, [0, 1, 2]), (0.0, [2, 1, 0])])
async def test_the_newest_goes_first_once_the_oldest_has_waited_long(
    newest_first_after: float | None, order: list[int]
) -> None:
    admission = Admission(limit=1, max_waiting=4, wait_seconds=LONG, newest_first_after=newest_first_after)
    await admission.enter(read("a"))
    admitted: list[int] = []

    async def ask(number: int) -> None:
        await admission.enter(read("a"))
        admitted.append(number)
        admission.leave(read("a"))

    async with asyncio.TaskGroup() as group:
        for number in range(3):
            group.create_task(ask(number))
        await soon()
        admission.leave(read("a"))
    assert admitted == order


async def test_waiting_has_an_end() -> None:
    admission = Admission(limit=1, max_waiting=1, wait_seconds=0.02)
    await admission.enter(read("a"))
    with pytest.raises(Overloaded):
        await admission.enter(read("b"))
    admission.leave(read("a"))
    await admission.enter(read("b"))
    admission.leave(read("b"))


async def test_a_request_that_is_cancelled_as_its_turn_comes_gives_it_on() -> None:
    admission = Admission(limit=1, max_waiting=2, wait_seconds=LONG)
    await admission.enter(read("a"))
    cancelled = asyncio.create_task(admission.enter(read("b")))
    await soon()
    admission.leave(read("a"))
    cancelled.cancel()
    await soon()

    assert cancelled.cancelled()
    await admission.enter(read("c"))


async def test_writes_leave_a_quarter_to_reads() -> None:
    """Of 16 places writes hold 12; of the 12 of one share 9."""
    admission = Admission(limit=16, max_waiting=100, wait_seconds=LONG)
    writes = [asyncio.create_task(admission.enter(Ask(share))) for share in ["storm"] * 10 + ["second"] * 4]
    await soon()

    assert [task.done() for task in writes] == [True] * 9 + [False] + [True] * 3 + [False]
    await admission.enter(read("storm", 3))
    await admission.enter(read("third"))
    for task in writes:
        task.cancel()


async def test_a_request_that_works_long_takes_several_places_and_is_not_overtaken() -> None:
    admission = Admission(limit=8, max_waiting=100, wait_seconds=LONG)
    for _ in range(6):
        await admission.enter(read("a"))
    long = asyncio.create_task(admission.enter(read("b", 4)))
    await soon()
    short = asyncio.create_task(admission.enter(read("c")))
    await soon()
    assert not short.done()

    admission.leave(read("a"))
    await soon()
    assert not long.done()
    admission.leave(read("a"))
    await soon()
    assert long.done()
    assert not short.done()
    admission.leave(read("b", 4))
    await short


async def test_the_share_that_works_least_is_next() -> None:
    """One search of four places counts as much as four small requests."""
    admission = Admission(limit=8, max_waiting=100, wait_seconds=LONG)
    await admission.enter(read("searches", 4))
    for _ in range(4):
        await admission.enter(read("small"))
    order: list[str] = []

    async def ask(share: str) -> None:
        await admission.enter(read(share))
        order.append(share)

    waiting = [asyncio.create_task(ask(share)) for share in ("searches", "small")]
    await soon()
    admission.leave(read("small"))
    await soon()
    assert order == ["small"]
    for task in waiting:
        task.cancel()


async def test_more_places_than_a_share_may_have_are_as_many_as_it_may_have() -> None:
    admission = Admission(limit=4, max_waiting=0)
    place = Place(admission, "a", reads=True)
    await place.take()
    await place.take_in_all(100)
    await admission.enter(read("b"))
    with pytest.raises(Overloaded):
        await admission.enter(read("b"))
    place.leave()
    await admission.enter(read("b", 2))


async def test_what_gives_up_waiting_for_many_places_lets_the_next_one_in() -> None:
    admission = Admission(limit=4, max_waiting=8, wait_seconds=0.2)
    await admission.enter(read("a"))
    await admission.enter(read("a"))
    long = asyncio.create_task(admission.enter(read("b", 3)))
    await asyncio.wait([long], timeout=0.1)
    short = asyncio.create_task(admission.enter(read("c")))
    with pytest.raises(Overloaded):
        await long
    await short
