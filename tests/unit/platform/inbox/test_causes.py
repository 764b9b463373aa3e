"""Effects are put behind their causes; what has no cause here waits with what follows it in its key."""

from shared.contracts.topics import INTAKE, NOTIFY, SETTLEMENT, SLA
from shared.platform.inbox.arrival import Arrival
from shared.platform.inbox.rules.causes import arranged, awaited
from shared.platform.position import Entry
from shared.platform.saw_versions import SeenVersion, from_text, to_text
from tests.support.arrivals import an_arrival
from tests.support.probe import ORG


def case(version: int) -> Arrival:
    return an_arrival("a", version, aggregate="case")


def clock(version: int, *, saw: int) -> Arrival:
    text = f"{INTAKE}/case/a@{saw}"
    return an_arrival("a", version, topic=SLA, aggregate="clock", aggregate_id="c", saw_versions=text)


def lacking(
    *arrivals: Arrival, topics: frozenset[str] = frozenset({INTAKE, SLA, SETTLEMENT})
) -> dict[str, list[Entry]]:
    found = {arrival.event.id: awaited(arrival, topics) for arrival in arrivals}
    return {event: entries for event, entries in found.items() if entries}


def test_a_consumer_awaits_what_it_hears_on_other_topics() -> None:
    seen = [
        SeenVersion(INTAKE, "case", "a", 5),
        SeenVersion(NOTIFY, "message", "m", 2),
        SeenVersion(SLA, "clock", "c", 9),
    ]
    arrival = an_arrival("a", 1, topic=SLA, saw_versions=" ".join(map(to_text, seen)))
    assert awaited(arrival, {INTAKE, SLA}) == [Entry(ORG, INTAKE, "a", "case", "a", 5)]


def test_without_a_lack_the_order_stays() -> None:
    arrivals = [clock(1, saw=5), case(5)]
    assert arranged(arrivals, {}).order == arrivals


def test_an_effect_that_came_first_follows_its_cause() -> None:
    before, effect, behind, cause, after = case(4), clock(1, saw=5), clock(2, saw=5), case(5), case(6)
    found = arranged([before, effect, behind, cause, after], lacking(effect, behind))
    assert found.order == [before, cause, effect, behind, after]
    assert found.waiting == []


def test_what_is_behind_an_effect_that_waits_waits_too() -> None:
    effect, behind, older = clock(1, saw=6), clock(2, saw=4), case(5)
    found = arranged([effect, behind, older], lacking(effect))
    assert found.order == [older]
    assert found.waiting == [effect, behind]


def test_a_chain_over_three_topics_is_put_in_order() -> None:
    effect = an_arrival("a", 1, topic=SETTLEMENT, aggregate="remedy", aggregate_id="r", saw_versions=f"{SLA}/clock/c@1")
    middle, cause = clock(1, saw=5), case(5)
    assert arranged([effect, middle, cause], lacking(effect, middle)).order == [cause, middle, effect]


def test_a_newer_version_is_as_good() -> None:
    effect, newer = clock(1, saw=5), case(7)
    assert arranged([effect, newer], lacking(effect)).order == [newer, effect]


def test_what_cannot_be_read_is_left_out() -> None:
    assert from_text(f"nonsense {INTAKE}/case/a@5 x/y/z@-1 {SLA}/clock/c@" + "9" * 19) == [
        SeenVersion(INTAKE, "case", "a", 5)
    ]
    assert from_text(" ".join([f"{INTAKE}/case/a@5"] * 5)) == [SeenVersion(INTAKE, "case", "a", 5)] * 4
    assert from_text("x" * 513) == []
