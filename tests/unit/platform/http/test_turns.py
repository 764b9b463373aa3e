"""Requests about one thing take turns; too many are told so at once; others are not concerned."""

import asyncio

import pytest

from shared.platform.db.transaction import Busy
from shared.platform.http.admission import Admission, Ask, Place
from shared.platform.http.turns import Turns


async def soon() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_only_so_many_run_and_only_so_many_wait() -> None:
    turns, go = Turns(at_once=2, max_waiting=3), asyncio.Event()
    running: list[int] = []

    async def request(number: int) -> None:
        async with turns.turn("case-1", place=None):
            running.append(number)
            await go.wait()

    tasks = [asyncio.create_task(request(number)) for number in range(6)]
    await soon()
    assert running == [0, 1]
    assert [task.done() for task in tasks] == [False] * 5 + [True]
    assert isinstance(tasks[5].exception(), Busy)
    async with turns.turn("case-2", place=None):
        go.set()
    await asyncio.gather(*tasks[:5])
    assert running == [0, 1, 2, 3, 4]


async def test_one_that_waits_gives_its_place_to_others() -> None:
    turns, places = Turns(at_once=1, max_waiting=3), Admission(limit=2, max_waiting=0)
    first, second = Place(places, "a"), Place(places, "b")
    await first.take()
    await second.take()
    async with turns.turn("case-1", place=first):
        waiting = asyncio.create_task(one_turn(turns, second))
        await soon()
        await places.enter(Ask("c"))  # the place of the one that waits
        places.leave(Ask("c"))
    await waiting


async def one_turn(turns: Turns, place: Place) -> None:
    async with turns.turn("case-1", place=place):
        pass


async def test_a_request_that_fails_ends_its_turn() -> None:
    turns = Turns(at_once=1, max_waiting=1)
    for _ in range(3):
        with pytest.raises(RuntimeError):
            async with turns.turn("case-1", place=None):
                raise RuntimeError
