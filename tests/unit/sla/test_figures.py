"""What a case contributes to an indicator, and the number of many: worked out by hand."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from services.sla.cases.rules import Case, advance
from services.sla.indicators.rules.figure import ByFacts, Figure, Limit, Measured, figure
from services.sla.indicators.rules.number import Totals, average_days, is_met, share, shown
from shared.kernel.ids import CaseId, OrgId
from shared.packs.language.durations import Duration
from shared.packs.publishing.registry import referenced
from shared.packs.sla.model.section import SlaSection
from tests.support.calendars import CN_WORKDAYS, SHANGHAI, cst
from tests.support.sections import checked

AVERAGE = Measured(indicator="i", counted=("case.closed",), begun="case.accepted", done=None, limit=None, zone=SHANGHAI)
SHARE = Measured(indicator="i", counted=("case.closed",), begun=None, done="visit.done", limit=None, zone=SHANGHAI)
COUNTS = ByFacts(counts=True)
IN_TIME = replace(SHARE, limit=Limit(duration=Duration(amount=2, unit="day"), calendar=CN_WORKDAYS))


def a_case(*reached: tuple[str, str]) -> Case:
    case = Case(
        org=OrgId("o"), case_id=CaseId("c"), number="1", case_type="complaint", channel="web", customer_ref="C-1", pack="p",
        policy_version=1, facts={}, milestones={}, seq=0,
    )  # fmt: skip
    for name, at in reached:
        case = advance(case, [name], at=cst(at), facts=None)
    return case


def found(measured: Measured, case: Case, previous: Figure | None = None) -> Figure:
    made = figure(case, measured, previous, by=COUNTS)
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("accepted", "closed", "days"),
    [
        ("2026-03-06T10:00", "2026-03-16T10:00", 10),
        ("2026-03-06T23:59", "2026-03-07T00:00", 1),
        ("2026-03-06T00:00", "2026-03-06T23:59", 0),
        ("2026-03-06T10:00", "2026-03-21T23:59:59", 15),
        ("2026-03-06T10:00", "2026-03-22T00:00", 16),
        ("2026-03-06T10:00", "2026-03-06T10:00", 0),
    ],
)
def test_days_are_those_of_the_wall_calendar(accepted: str, closed: str, days: int) -> None:
    made = found(AVERAGE, a_case(("case.accepted", accepted), ("case.closed", closed)))
    assert (made.days, made.counts, made.at) == (days, True, cst(closed))


def test_a_case_without_a_beginning_has_no_days_and_does_not_count_until_it_has() -> None:
    closed = a_case(("case.closed", "2026-03-16T10:00"))
    first = found(AVERAGE, closed)
    assert (first.days, first.counts) == (None, False)
    late = advance(closed, ["case.accepted"], at=cst("2026-03-06T10:00"), facts=None)
    assert (found(AVERAGE, late, first).days, found(AVERAGE, late, first).counts) == (10, True)
    after = advance(closed, ["case.accepted"], at=cst("2026-03-16T10:01"), facts=None)
    assert found(AVERAGE, after, first).counts is False
    assert figure(a_case(("case.accepted", "2026-03-06T10:00")), AVERAGE, None, by=COUNTS) is None


def test_what_was_measured_stays_until_the_case_counts_anew() -> None:
    case = a_case(("case.accepted", "2026-03-06T10:00"), ("case.closed", "2026-03-16T10:00"))
    first = found(AVERAGE, case)
    reopened = advance(case, ["case.accepted"], at=cst("2026-04-01T10:00"), facts=None)
    assert found(AVERAGE, reopened, first) == first
    again = advance(reopened, ["case.closed"], at=cst("2026-04-03T10:00"), facts=None)
    assert (found(AVERAGE, again, first).days, found(AVERAGE, again, first).at) == (2, cst("2026-04-03T10:00"))


def test_done_once_is_done_whatever_happens_later() -> None:
    case = a_case(("case.closed", "2026-03-05T10:00"))
    assert found(IN_TIME, case).done is False
    done = advance(case, ["visit.done"], at=cst("2026-03-09T17:00"), facts=None)
    first = found(IN_TIME, done, found(IN_TIME, case))
    assert (first.done, first.due_at, first.done_at) == (True, cst("2026-03-09T17:00"), cst("2026-03-09T17:00"))
    twice = advance(done, ["visit.done"], at=cst("2026-03-20T10:00"), facts=None)
    assert found(IN_TIME, twice, first) == first
    again = found(IN_TIME, advance(twice, ["case.closed"], at=cst("2026-04-01T10:00"), facts=None), first)
    assert (again.done, again.done_at) == (False, None)


@pytest.mark.parametrize(
    ("at", "done"), [("2026-03-09T17:00", True), ("2026-03-09T17:00:01", False), ("2026-03-05T09:59:59", False)]
)
def test_done_in_time_at_both_sides_of_the_limit(at: str, done: bool) -> None:
    case = a_case(("case.closed", "2026-03-05T10:00"), ("visit.done", at))
    assert found(IN_TIME, case).done is done
    assert found(SHARE, case).done is (at > "2026-03-05T10")


def test_a_limit_beyond_the_confirmed_days_is_judged_as_far_as_it_can_be() -> None:
    case = a_case(("case.closed", "2026-12-30T10:00"))
    assert (found(IN_TIME, case).undated, found(IN_TIME, case).done) == (True, False)
    known = found(IN_TIME, advance(case, ["visit.done"], at=cst("2026-12-31T20:00"), facts=None))
    assert (known.undated, known.done) == (False, True)
    later = found(IN_TIME, advance(case, ["visit.done"], at=cst("2027-01-04T10:00"), facts=None))
    assert (later.undated, later.done, later.done_at) == (True, False, cst("2027-01-04T10:00"))


def days(*each: int) -> Fraction | None:
    return average_days(Totals(population=len(each), undated=0, days=sum(each), done=0))


def part(done: int, of: int) -> Fraction | None:
    return share(Totals(population=of, undated=0, days=0, done=done))


@pytest.mark.parametrize(
    ("value", "text", "at_most", "at_least", "met"),
    [
        (days(10, 14, 21), "15.00", "15", None, True),
        (days(10, 14, 22), "15.33", "15", None, False),
        (days(*[15] * 249, 16), "15.00", "15", None, False),  # 15.004 is more than 15
        (part(11, 12), "91.67", None, "100", False),
        (part(12, 12), "100.00", None, "100", True),
        (part(29, 30), "96.67", None, "100", False),
        (part(29, 30), "96.67", None, "96.67", False),  # 96.666… is compared, not what is shown
        (part(29, 30), "96.67", None, "96.66", True),
        (part(1, 3), "33.33", None, None, None),
        (days(1, 0, 0, 0, 0, 0, 0, 0), "0.13", "0.12", None, False),  # 0.125 rounds half up
        (days(0), "0.00", "0", None, True),
    ],
)
def test_the_number_and_its_target(
    value: Fraction, text: str, at_most: str | None, at_least: str | None, met: bool | None
) -> None:
    assert shown(value) == text
    limits = {"at_most": Decimal(at_most) if at_most else None, "at_least": Decimal(at_least) if at_least else None}
    assert is_met(value, **limits) is met


def test_no_cases_make_no_average_and_no_share() -> None:
    assert days() is None
    assert part(0, 0) is None


INDICATOR: dict[str, Any] = {
    "id": "i", "label": {"zh": "指标", "en": "Indicator"}, "cite": "X-1 a", "every": "month",
    "measure": {"average_days": {"from": "case.accepted", "to": "case.closed"}},
}  # fmt: skip
SHARE_OF = {"of": "case.closed", "done": "visit.done"}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"every": "decade"}, "Input should be"),
        ({"measure": {}}, "is one of"),
        ({"measure": {"count": {"of": "a.b"}, "share": SHARE_OF}}, "is one of"),
        ({"measure": {"average_days": {"from": "a.b", "to": "a.b"}}}, "a.b is compared with itself"),
        ({"measure": {"share": {"of": "a.b", "done": "a.b"}}}, "a.b is compared with itself"),
        ({"target": {}}, "either `at_most` or `at_least`"),
        ({"target": {"at_most": "1", "at_least": "1"}}, "either `at_most` or `at_least`"),
        ({"target": {"at_most": 15}}, "decimal as quoted text"),
        ({"measure": {"share": SHARE_OF}, "target": {"at_least": "100.01"}}, "at most 100 percent"),
        ({"when": "facts.a >"}, "bad expression"),
    ],
)
def test_what_an_indicator_may_not_say(changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        checked(SlaSection, {"indicators": [INDICATOR | changes]})


def test_an_indicator_stands_once() -> None:
    with pytest.raises(ValueError, match=r"indicators\[i\]: duplicate id"):
        checked(SlaSection, {"indicators": [INDICATOR, INDICATOR]})


def test_what_an_indicator_takes_for_granted() -> None:
    within = {"duration": {"amount": 1, "unit": "day"}, "calendar": "c"}
    section = SlaSection.parse(
        {
            "indicators": [
                INDICATOR | {"case_types": ["complaint"]},
                INDICATOR | {"id": "j", "measure": {"share": SHARE_OF | {"within": within}}},
                INDICATOR | {"id": "k", "measure": {"count": {"of": "case.registered", "by": "facts.kind"}}},
            ]
        }
    )
    named = referenced(section)
    at = ("indicators", 0, "measure", "average_days")
    assert named.events == [
        ((*at, "from"), "case.accepted"),
        ((*at, "to"), "case.closed"),
        (("indicators", 1, "measure", "share", "of"), "case.closed"),
        (("indicators", 1, "measure", "share", "done"), "visit.done"),
        (("indicators", 2, "measure", "count", "of"), "case.registered"),
    ]
    assert named.calendars == [(("indicators", 1, "measure", "share", "within", "calendar"), "c")]
    assert named.case_types == [(("indicators", 0, "case_types", 0), "complaint")]
    assert section.awaits == {"case.accepted", "case.closed", "visit.done", "case.registered"}
    assert [one.asks_facts for one in section.indicators] == [False, False, True]
