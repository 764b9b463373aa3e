"""Periods and their instants worked out by hand in Asia/Shanghai (UTC+8), samples, and what a period's case is given."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest

from services.intake.entries.rules.errors import FactInvalid
from services.intake.recurring.rules import (
    VersionInForce,
    first_opening,
    next_opening,
    opening,
    period_at,
)
from services.intake.samples.rules import DrawnSample, Member
from shared.kernel.periods import Every, Period
from shared.packs.intake.model.recurring import Recurring
from shared.packs.intake.model.section import IntakeSection
from shared.packs.publishing.registry import errors
from tests.unit.intake.builders import small_document, text

SHANGHAI = ZoneInfo("Asia/Shanghai")
MICROSECOND = timedelta(microseconds=1)


def utc(said: str) -> datetime:
    return datetime.fromisoformat(said).replace(tzinfo=UTC)


def a_rule(**changes: Any) -> Recurring:
    rule = {"id": "audit", "label": text("抽查"), "cite": "DR-9 Art.9", "every": "month", "case_type": "audit"}
    return Recurring.parse(rule | changes)


@pytest.mark.parametrize(
    ("every", "since", "boundary", "after"),
    [
        # 2026-03-05 is a Thursday; local midnights are 16:00 UTC of the day before.
        ("day", "2026-03-05T01:00", "2026-03-05T16:00", "2026-03-06T16:00"),
        ("week", "2026-03-05T01:00", "2026-03-08T16:00", "2026-03-15T16:00"),
        ("month", "2026-03-05T01:00", "2026-03-31T16:00", "2026-04-30T16:00"),
        ("quarter", "2026-03-05T01:00", "2026-03-31T16:00", "2026-06-30T16:00"),
        ("year", "2026-03-05T01:00", "2026-12-31T16:00", "2027-12-31T16:00"),
        # 29 February 2028 is a day of its own, and February ends after it.
        ("day", "2028-02-28T15:59:59", "2028-02-28T16:00", "2028-02-29T16:00"),
        ("month", "2028-02-10T00:00", "2028-02-29T16:00", "2028-03-31T16:00"),
        # Still the last evening of the quarter here, in UTC the same day either way.
        ("quarter", "2026-09-30T15:59:59", "2026-09-30T16:00", "2026-12-31T16:00"),
    ],
)
def test_a_case_opens_at_the_local_midnight_between_two_periods(
    every: Every, since: str, boundary: str, after: str
) -> None:
    at = utc(boundary)
    assert first_opening(every, since=utc(since), zone=SHANGHAI) == at
    assert first_opening(every, since=at - MICROSECOND, zone=SHANGHAI) == at
    assert first_opening(every, since=at, zone=SHANGHAI) == at
    assert first_opening(every, since=at + MICROSECOND, zone=SHANGHAI) == utc(after)


@pytest.mark.parametrize(
    ("every", "opens", "at", "start", "end", "label"),
    [
        ("day", "start", "2026-03-05T16:00", "2026-03-05T16:00", "2026-03-06T16:00", "2026-03-06"),
        ("day", "end", "2026-03-05T16:00", "2026-03-04T16:00", "2026-03-05T16:00", "2026-03-05"),
        ("day", "end", "2028-02-29T16:00", "2028-02-28T16:00", "2028-02-29T16:00", "2028-02-29"),
        ("week", "end", "2026-03-08T16:00", "2026-03-01T16:00", "2026-03-08T16:00", "2026-W10"),
        # The week of 28 December 2026 has its Thursday in 2026, which so has 53 weeks.
        ("week", "end", "2027-01-03T16:00", "2026-12-27T16:00", "2027-01-03T16:00", "2026-W53"),
        ("week", "start", "2027-01-03T16:00", "2027-01-03T16:00", "2027-01-10T16:00", "2027-W01"),
        ("month", "end", "2028-02-29T16:00", "2028-01-31T16:00", "2028-02-29T16:00", "2028-02"),
        ("month", "start", "2026-12-31T16:00", "2026-12-31T16:00", "2027-01-31T16:00", "2027-01"),
        ("quarter", "end", "2026-03-31T16:00", "2025-12-31T16:00", "2026-03-31T16:00", "2026-Q1"),
        ("quarter", "start", "2026-09-30T16:00", "2026-09-30T16:00", "2026-12-31T16:00", "2026-Q4"),
        ("year", "end", "2026-12-31T16:00", "2025-12-31T16:00", "2026-12-31T16:00", "2026"),
    ],
)
def test_the_period_is_the_one_that_begins_or_ends_there(
    every: Every, opens: str, at: str, start: str, end: str, label: str
) -> None:
    rule = a_rule(every=every, opens=opens)
    expected = Period(every=rule.every, starts_at=utc(start), ends_at=utc(end), label=label)
    assert period_at(rule, utc(at), zone=SHANGHAI) == expected


@pytest.mark.parametrize("every", get_args(Every))
def test_periods_follow_one_another_without_gap(every: Every) -> None:
    rule, at = a_rule(every=every), utc("2027-12-01T00:00")
    ends = None
    for _ in range(60):
        at = first_opening(every, since=at, zone=SHANGHAI)
        period = period_at(rule, at, zone=SHANGHAI)
        assert period.ends_at == at
        assert ends in (None, period.starts_at)
        ends, at = period.ends_at, at + MICROSECOND


def test_a_zone_that_changes_its_clocks_has_a_short_and_a_long_day() -> None:
    berlin, rule = ZoneInfo("Europe/Berlin"), a_rule(every="day")
    short = period_at(rule, utc("2026-03-29T22:00"), zone=berlin)
    long = period_at(rule, utc("2026-10-25T23:00"), zone=berlin)
    assert (short.label, short.ends_at - short.starts_at) == ("2026-03-29", timedelta(hours=23))
    assert (long.label, long.ends_at - long.starts_at) == ("2026-10-25", timedelta(hours=25))


def forces(*said: tuple[str, Recurring | None]) -> list[VersionInForce]:
    return [VersionInForce(begins_at=utc(begins_at), zone=SHANGHAI, rule=rule) for begins_at, rule in said]


def test_the_version_in_force_at_the_instant_decides() -> None:
    monthly, daily = a_rule(), a_rule(every="day")
    # Daily from 16 March 00:00 here until the rule is dropped on the 18th.
    versions = forces(("2025-12-31T16:00", monthly), ("2026-03-15T16:00", daily), ("2026-03-17T16:00", None))
    assert next_opening(versions, since=utc("2026-02-10T00:00")) == utc("2026-02-28T16:00")
    assert next_opening(versions, since=utc("2026-03-10T00:00")) == utc("2026-03-15T16:00")
    assert next_opening(versions, since=utc("2026-03-15T16:00") + MICROSECOND) == utc("2026-03-16T16:00")
    assert next_opening(versions, since=utc("2026-03-16T16:00") + MICROSECOND) is None


def test_nothing_opens_before_the_version_is_in_force() -> None:
    versions = forces(("2026-03-31T16:00", a_rule()))
    assert next_opening(versions, since=utc("2026-01-01T00:00")) == utc("2026-03-31T16:00")
    assert next_opening([], since=utc("2026-01-01T00:00")) is None


NUMBERS_28 = [f"C-{n:05d}" for n in range(1, 29)]

FACTS = [
    {"id": "period", "label": text("期间"), "type": "text"},
    {"id": "size", "label": text("数"), "type": "integer"},
    {"id": "drawn", "label": text("抽中"), "type": "list", "enterable": False},
]
SAMPLE = {"case_types": ["shortage"], "reached": "case.closed", "rate": "0.20", "into": "drawn"}
Q1 = Period(every="quarter", starts_at=utc("2025-12-31T16:00"), ends_at=utc("2026-03-31T16:00"), label="2026-Q1")


def a_draw(population: int, numbers: list[str]) -> DrawnSample:
    members = tuple(Member(case_id=number, number=number) for number in numbers)
    return DrawnSample(population=population, seed="0" * 64, wanted=len(numbers), strata=0, members=members)


def section(**rule: Any) -> IntakeSection:
    audit = {
        "id": "audit", "label": text("抽查"), "cite": "DR-9 Art.9", "number": "A-{seq:3}", "initial": "open",
        "channels": ["internal"], "requires": ["period"],
    }  # fmt: skip
    document = small_document()
    audited = {
        "id": "audit", "label": text("抽查"), "cite": "DR-9 Art.9", "every": "quarter", "case_type": "audit",
        "facts": {"period": "period.label + ' ' + period.start"},
    }  # fmt: skip
    return IntakeSection.parse(
        document
        | {
            "case_types": [*document["case_types"], audit],
            "facts": [*document["facts"], *FACTS],
            "recurring": [audited | rule],
        }
    )


def test_the_case_gets_its_facts_and_the_drawn_numbers() -> None:
    parts = section(
        sample=SAMPLE, owner="manager", facts={"period": "period.label + ' ' + period.end", "size": "sample.size"}
    )
    drawn = a_draw(137, NUMBERS_28)
    found = opening(parts.recurring[0], parts, period=Q1, drawn=drawn)
    assert found is not None
    assert found.facts == {"period": "2026-Q1 2026-03-31T16:00:00Z", "size": 28, "drawn": NUMBERS_28}
    assert found.owner == "manager"


@pytest.mark.parametrize(("population", "opens"), [(0, False), (1, True)])
def test_no_case_is_opened_where_the_rule_wants_none(population: int, opens: bool) -> None:
    parts = section(sample=SAMPLE, when="sample.population > 0")
    drawn = a_draw(population, ["C-1"] * population)
    assert (opening(parts.recurring[0], parts, period=Q1, drawn=drawn) is not None) is opens


def test_a_fact_that_cannot_have_the_value_is_refused() -> None:
    parts = section(facts={"period": "period.label", "size": "period.label"})
    with pytest.raises(FactInvalid):
        opening(parts.recurring[0], parts, period=Q1, drawn=None)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"case_type": "delay"}, "delay takes nothing through the channel internal"),
        ({"facts": {}}, "audit requires the fact period"),
        ({"sample": SAMPLE | {"into": "size"}}, "size is no list"),
        ({"sample": SAMPLE, "facts": {"period": "period.label", "drawn": "[]"}}, "drawn is among the facts as well"),
        ({"facts": {"period": "facts.level"}}, "there are no facts yet; use period and sample"),
        ({"when": "facts.level == 'low'"}, "there are no facts yet; use period and sample"),
    ],
)
def test_a_rule_that_could_never_open_its_case_is_a_fault(rule: dict[str, Any], message: str) -> None:
    assert message in [said for _, said in errors(section(**rule))]


def test_a_good_rule_has_no_fault() -> None:
    assert list(errors(section(sample=SAMPLE))) == []


@pytest.mark.parametrize("rate", ["0", "-0.1", "1.01"])
def test_a_rate_is_a_share(rate: str) -> None:
    with pytest.raises(ValueError, match="rate"):
        section(sample=SAMPLE | {"rate": rate})
