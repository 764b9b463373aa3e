"""When to warn, and what a pack's section becomes."""

from datetime import datetime
from typing import Any

import pytest

from services.sla.calendars.rules.from_pack import spec_of
from services.sla.clocks.rules.plan import Terms, plan
from services.sla.clocks.rules.terms import terms_of
from shared.packs.language.durations import Duration, Unit
from shared.packs.publishing.registry import declared, referenced
from shared.packs.sla.model.calendars import Calendar
from shared.packs.sla.model.clocks import Clock, Warn
from shared.packs.sla.model.section import SlaSection
from tests.support.calendars import CALENDAR_DAYS, CN_WORKDAYS, CN_WORKDAYS_RULE, WEEK, cst
from tests.support.sections import checked


def warned(*warn: Warn, amount: int = 7, unit: Unit = "day", calendar: Any = CN_WORKDAYS) -> list[datetime]:
    terms = Terms(
        goal="g",
        cite="X-1 a",
        length=Duration(amount=amount, unit=unit),
        calendar=calendar,
        opening_hours=CN_WORKDAYS,
    )
    return list(plan(terms, started_at=cst("2026-03-05T10:00"), pauses=(), warn=warn).warn_at)


def test_a_share_of_the_working_time() -> None:
    assert warned(Warn(percent=80)) == [cst("2026-03-13T11:36")]  # 62 h: 49.6 = 6 + 5 x 8 + 3.6
    assert warned(Warn(percent=50), amount=4, unit="hour") == [cst("2026-03-05T12:00")]
    assert warned(Warn(percent=50), amount=4, unit="hour", calendar=CALENDAR_DAYS) == [cst("2026-03-05T12:00")]


@pytest.mark.parametrize(
    ("amount", "unit", "at"),
    [
        (1, "working_day", "2026-03-13T17:00"),
        (2, "working_day", "2026-03-12T17:00"),
        (9, "working_hour", "2026-03-13T16:00"),
        (1, "day", "2026-03-15T17:00"),
        (90, "minute", "2026-03-16T15:30"),
        (2, "hour", "2026-03-16T15:00"),
    ],
)
def test_so_long_before(amount: int, unit: Unit, at: str) -> None:
    assert warned(Warn(before=Duration(amount=amount, unit=unit))) == [cst(at)]


def test_a_working_day_before_the_end_of_a_calendar_day_is_before_the_day_that_ends() -> None:
    terms = Terms(
        goal="g", cite="LG-48 Art.48", length=Duration(amount=3, unit="day"), calendar=CALENDAR_DAYS,
        opening_hours=CN_WORKDAYS,
    )  # fmt: skip
    day_before = Warn(before=Duration(amount=1, unit="working_day"))
    made = plan(terms, started_at=cst("2026-03-06T16:00"), pauses=(), warn=[day_before])
    assert (made.due_at, made.warn_at) == (cst("2026-03-09T24:00"), (cst("2026-03-06T17:00"),))


def test_warnings_stay_between_start_and_due_instant() -> None:
    assert warned(Warn(before=Duration(amount=30, unit="working_day"))) == [cst("2026-03-05T10:00")]
    assert warned(Warn(percent=80), Warn(percent=50), Warn(percent=80)) == [
        cst("2026-03-11T09:00"),
        cst("2026-03-13T11:36"),
    ]


def a_clock(**changes: Any) -> dict[str, Any]:
    goal = {"id": "g", "duration": {"amount": 2, "unit": "working_day"}, "calendar": "w", "cite": "X-1 a"}
    return {
        "id": "c", "label": {"zh": "时", "en": "Clock"}, "cite": "X-1 a", "start": "case.accepted",
        "stop": ["case.closed"], "goals": [goal], **changes,
    }  # fmt: skip


def goal(**changes: Any) -> dict[str, Any]:
    return {**a_clock()["goals"][0], **changes}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"stop": ["case.accepted"]}, "starts and ends the same clock"),
        ({"pause_on": ["evidence.added"]}, "belong together"),
        ({"pause_on": ["a.b"], "resume_on": ["a.b"]}, "both pause and resume"),
        ({"goals": [goal(), goal()]}, r"goals\[g\]: duplicate id"),
        ({"goals": [goal(), goal(id="h")]}, "are never reached"),
        ({"warn": [{"percent": 50, "before": {"amount": 1, "unit": "day"}}]}, "either `percent` or `before`"),
        ({"warn": [{"before": {"amount": 1, "unit": "month"}}]}, "one of minute, hour, day, week"),
        ({"warn": [{"before": {"amount": 0, "unit": "day"}}]}, "at least 1"),
        ({"warn": [{"percent": 100}]}, "less than or equal to 99"),
        ({"goals": []}, "at least 1"),
        ({"stop": []}, "at least 1"),
        ({"goals": [goal(when="facts.a >")]}, "bad expression"),
        ({"cite": "somewhere"}, "a citation is a rule's id"),
        ({"unknown": 1}, "Extra inputs"),
    ],
)
def test_what_a_clock_rule_may_not_say(changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        checked(Clock, a_clock(**changes))


def working(**changes: Any) -> dict[str, Any]:
    return {"id": "w", "shifts": [{"days": WEEK, "opens": "08:00", "closes": "17:00"}], **changes}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"shifts": []}, "never opens"),
        ({"shifts": [{"days": ["mon"], "opens": "12:00", "closes": "12:00"}]}, "closes after it opens"),
        ({"shifts": [{"days": ["mon"], "opens": "25:00", "closes": "26:00"}]}, "pattern"),
        (
            {
                "shifts": [
                    {"days": ["mon", "tue"], "opens": "08:00", "closes": "12:00"},
                    {"days": ["tue"], "opens": "11:59", "closes": "17:00"},
                ]
            },
            "windows overlap",
        ),
        ({"country": "DE"}, "say with confirmed_until"),
        ({"country": "XX", "confirmed_until": "2026-12-31"}, "no public holidays are known"),
        ({"country": "CN", "make_up_day_as": "sun"}, "weekday without hours"),
        ({"kind": "continuous"}, "neither shifts nor days off"),
        ({"zone": "Mars/Olympus"}, "no such time zone"),
        (
            {"overrides": [{"on": "2026-05-04", "until": "2026-05-01", "name": {"zh": "假", "en": "off"}}]},
            "before `on`",
        ),
    ],
)
def test_what_a_calendar_may_not_say(changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        checked(Calendar, working(**changes))


def test_a_section_names_what_it_declares_and_takes_for_granted() -> None:
    extension = {"approver_role": "boss", "cite": "X-2 b"}
    clock = a_clock(case_types=["complaint"], extension=extension, pause_on=["a.b"], resume_on=["c.d"])
    section = SlaSection.parse({"calendars": [working()], "clocks": [clock]})
    assert declared(section).calendars == [(("calendars", 0, "id"), "w")]
    assert declared(section).clocks == [(("clocks", 0, "id"), "c")]
    named = referenced(section)
    assert [name for _, name in named.events] == ["case.accepted", "case.closed", "a.b", "c.d"]
    assert named.calendars == [(("clocks", 0, "goals", 0, "calendar"), "w")]
    assert named.roles == [(("clocks", 0, "extension", "approver_role"), "boss")]
    assert named.case_types == [(("clocks", 0, "case_types", 0), "complaint")]
    with pytest.raises(ValueError, match=r"clocks\[c\]: duplicate id"):
        checked(SlaSection, {"calendars": [working()], "clocks": [a_clock(), a_clock()]})


def test_units_of_a_goal() -> None:
    wanted = {
        ("minute", 90): "2026-03-05T11:30",
        ("hour", 24): "2026-03-06T10:00",
        ("day", 3): "2026-03-08T24:00",
        ("week", 1): "2026-03-12T24:00",
        ("month", 1): "2026-04-05T24:00",
        ("working_hour", 8): "2026-03-06T10:00",
        ("working_day", 2): "2026-03-09T17:00",
    }
    for (unit, amount), expected in wanted.items():
        rule = Clock.parse(a_clock(goals=[goal(duration={"amount": amount, "unit": unit})]))
        length = rule.goals[0].duration
        assert length is not None
        terms = terms_of(rule.goals[0], length, {"w": CN_WORKDAYS})
        made = plan(terms, started_at=cst("2026-03-05T10:00"), pauses=(), warn=rule.warn)
        assert made.due_at == cst(expected), unit


def test_the_pack_may_confirm_a_year_that_the_country_has_not_announced() -> None:
    overrides = [{"on": "2027-01-01", "until": "2027-01-03", "name": {"zh": "元旦", "en": "New Year"}}]
    changed = CN_WORKDAYS_RULE.model_dump(mode="json") | {"confirmed_until": "2027-01-31", "overrides": overrides}
    spec = spec_of(Calendar.parse(changed), zone="Asia/Shanghai")
    guessed = [day.on.isoformat() for day in spec.special if day.on.year == 2027]
    assert guessed == ["2027-01-01", "2027-01-02", "2027-01-03"]
    assert spec.last_on.isoformat() == "2027-01-31"


def test_part_days_and_exceptions_of_the_pack_win_over_the_country() -> None:
    overrides = [
        {"on": "2026-10-01", "hours": [{"opens": "09:00", "closes": "11:30"}], "name": {"zh": "值班", "en": "Duty"}},
        {"on": "2026-03-06", "name": {"zh": "厂庆", "en": "Founding day"}},
    ]
    rule = Calendar.parse(CN_WORKDAYS_RULE.model_dump(mode="json") | {"overrides": overrides})
    by_day = {day.on.isoformat(): day for day in spec_of(rule, zone="Asia/Shanghai").special}
    assert [(w.opens, w.closes) for w in by_day["2026-10-01"].windows] == [(540, 690)]
    assert (by_day["2026-03-06"].windows, by_day["2026-03-06"].name.zh) == ((), "厂庆")
