"""The plan of a chaos run: the same for a seed, complete in the long run, overlapping, one fault at a time on a target."""

import re
from pathlib import Path

import pytest

from tests.chaos.suite.plan import FAILPOINTS, Planned, deck, plan

SECONDS, PAUSE = 780.0, 6.0


def test_a_seed_is_the_same_plan_each_time() -> None:
    assert plan(7, seconds=SECONDS, pause=PAUSE) == plan(7, seconds=SECONDS, pause=PAUSE)
    assert plan(7, seconds=SECONDS, pause=PAUSE) != plan(8, seconds=SECONDS, pause=PAUSE)


def test_a_long_run_plays_every_fault() -> None:
    played = {
        (each.fault, each.target, each.detail.partition(":")[0]) for each in plan(1, seconds=SECONDS, pause=PAUSE)
    }
    assert played == {(card.fault, card.target, card.detail) for card in deck()}


def test_every_failpoint_of_the_product_is_in_the_deck() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8") for top in ("services", "shared") for path in Path(top).rglob("*.py")
    )
    assert set(re.findall(r'failpoint\("([a-z_.]+)"', code)) == set(FAILPOINTS)


@pytest.mark.parametrize("seed", range(20))
def test_faults_overlap_but_not_on_one_target_and_end_in_time(seed: int) -> None:
    planned = plan(seed, seconds=SECONDS, pause=PAUSE)
    overlaps = [(a, b) for a in planned for b in planned if a.number < b.number and _overlap(a, b)]
    assert len(overlaps) > 20
    assert [(a, b) for a, b in overlaps if a.target == b.target] == []
    assert max(each.at + each.seconds for each in planned) <= SECONDS
    assert [each.number for each in planned] == list(range(1, len(planned) + 1))


def _overlap(one: Planned, other: Planned) -> bool:
    return one.at < other.at + other.seconds and other.at < one.at + one.seconds
