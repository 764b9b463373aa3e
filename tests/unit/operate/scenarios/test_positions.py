"""The runner keeps positions like any client, and waits for rest only after what goes on by itself."""

from functools import cache

import pytest

from operate.scenarios.by_itself import ByItself
from operate.scenarios.registry import VERBS
from operate.scenarios.session import MOST_REPETITIONS, Answer, Positions, caught_up
from shared.packs.publishing.load import load_pack
from shared.platform.position import LONGEST_HEADER


def test_the_answer_replaces_what_its_request_carried() -> None:
    positions = Positions()
    positions.learn({"Redress-Position": "a"}, sent=[])
    positions.learn({"Redress-Position": "b"}, sent=positions.to_send())
    assert positions.to_send() == ["b"]


def test_answers_of_requests_side_by_side_are_all_sent_with_the_next_one() -> None:
    positions = Positions()
    positions.learn({"Redress-Position": "a"}, sent=[])
    sent = positions.to_send()
    positions.learn({"Redress-Position": "b"}, sent=sent)
    positions.learn({"Redress-Position": "c"}, sent=sent)
    assert positions.to_send() == ["b", "c"]
    positions.learn({}, sent=["b", "c"])
    assert positions.to_send() == ["b", "c"]


def test_a_repetition_does_not_include_what_came_since() -> None:
    positions = Positions()
    positions.learn({"Redress-Position": "new"}, sent=[])
    positions.learn({"Redress-Position": "old", "Idempotency-Replayed": "true"}, sent=["new"])
    assert positions.to_send() == ["new", "old"]


def test_the_newest_that_fit_are_sent() -> None:
    positions = Positions()
    for letter in "abc":
        positions.learn({"Redress-Position": letter * 3000}, sent=[])
    sent = positions.to_send()
    assert [position[0] for position in sent] == ["b", "c"]
    assert len(", ".join(sent)) <= LONGEST_HEADER


FOLLOWS = [
    ("laigang", "reject", True),  # `negotiation_failed` is taken by the system on remedy.rejected
    ("laigang", "accept", False),
    ("laigang", "step", False),
    ("laigang", "payout", True),  # the ERP answers later
    ("skshu", "step", True),  # a step waits for message.sent
    ("tobacco", "step", False),
]


@cache
def of_pack(name: str) -> ByItself:
    return ByItself([load_pack(name).documents])


@pytest.mark.parametrize(("pack", "verb", "expected"), FOLLOWS)
def test_what_happens_by_itself_is_read_from_the_pack(pack: str, verb: str, expected: bool) -> None:
    assert of_pack(pack).follows(VERBS[verb].model_construct()) is expected


def test_what_a_step_withdraws_is_withdrawn_by_another_service() -> None:
    steps = [{"id": "correct_price", "withdraws": [{"remedies": "all"}]}]
    assert ByItself([{"intake": {"steps": steps}}]).follows(VERBS["step"].model_construct())
    assert not ByItself([{"intake": {"steps": steps}}]).follows(VERBS["accept"].model_construct())


class Behind:
    """A service that has not caught up for so many answers."""

    def __init__(self, times: int) -> None:
        self.left = times
        self.asked = 0

    async def __call__(self) -> Answer:
        self.asked += 1
        self.left -= 1
        if self.left < 0:
            return Answer(200, {"code": "not_caught_up"}, {})
        return Answer(409, {"code": "not_caught_up"}, {"retry-after": "0"})


@pytest.mark.parametrize(("behind", "asked", "status"), [(0, 1, 200), (3, 4, 200), (99, MOST_REPETITIONS + 1, 409)])
async def test_what_is_not_caught_up_is_repeated_a_bounded_number_of_times(
    behind: int, asked: int, status: int
) -> None:
    service = Behind(behind)
    assert (await caught_up(service)).status == status
    assert service.asked == asked


async def test_another_conflict_is_not_repeated() -> None:
    answers = iter([Answer(409, {"code": "gate"}, {})])

    async def send() -> Answer:
        return next(answers)

    assert (await caught_up(send)).body == {"code": "gate"}
