"""Stretches of constant offset from UTC, to the second, and their days: the changes are those of the tz database."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from services.sla.calendars.rules.instants import HOUR, SECOND, micros
from services.sla.calendars.rules.intervals import Segment, days_of, segments


def at(text: str) -> int:
    return micros(datetime.fromisoformat(text).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("zone", "first_on", "last_on", "cover"),
    [
        pytest.param(
            "Asia/Shanghai",
            date(2026, 3, 1),
            date(2026, 3, 2),
            [Segment(at("2026-02-28T16:00"), at("2026-03-02T16:00"), 8 * HOUR)],
            id="no change",
        ),
        pytest.param(
            "Europe/Berlin",
            date(2026, 3, 28),
            date(2026, 3, 30),
            [
                Segment(at("2026-03-27T23:00"), at("2026-03-29T01:00"), HOUR),
                Segment(at("2026-03-29T01:00"), at("2026-03-30T22:00"), 2 * HOUR),
            ],
            id="an hour is skipped at night",
        ),
        pytest.param(
            "America/Sao_Paulo",
            date(2018, 11, 3),
            date(2018, 11, 4),
            [
                Segment(at("2018-11-03T03:00"), at("2018-11-04T03:00"), -3 * HOUR),
                Segment(at("2018-11-04T03:00"), at("2018-11-05T02:00"), -2 * HOUR),
            ],
            id="an hour is skipped at midnight, whole days after the start",
        ),
        pytest.param(
            "Australia/Lord_Howe",
            date(2026, 4, 5),
            date(2026, 4, 5),
            [
                Segment(at("2026-04-04T13:00"), at("2026-04-04T15:00"), 11 * HOUR),
                Segment(at("2026-04-04T15:00"), at("2026-04-05T13:30"), 21 * HOUR // 2),
            ],
            id="half an hour is repeated",
        ),
        pytest.param(
            "Europe/Dublin",
            date(1916, 10, 1),
            date(1916, 10, 1),
            [
                Segment(at("1916-09-30T23:25:21"), at("1916-10-01T02:25:21"), 2079 * SECOND),
                Segment(at("1916-10-01T02:25:21"), at("1916-10-02T00:00"), 0),
            ],
            id="an offset that is no whole minute",
        ),
    ],
)
def test_the_offsets_of_a_zone_day_by_day(zone: str, first_on: date, last_on: date, cover: list[Segment]) -> None:
    assert segments(ZoneInfo(zone), first_on=first_on, last_on=last_on) == cover


def test_a_stretch_touches_each_local_date_whose_midnight_lies_at_its_offset_also_before_the_stretch_begins() -> None:
    after_the_skipped_hour = Segment(at("2026-03-29T01:00"), at("2026-03-30T22:00"), 2 * HOUR)
    assert list(days_of(after_the_skipped_hour)) == [
        (date(2026, 3, 29), at("2026-03-28T22:00")),
        (date(2026, 3, 30), at("2026-03-29T22:00")),
    ]
    west = Segment(at("2018-11-03T03:00"), at("2018-11-04T03:00"), -3 * HOUR)
    assert list(days_of(west)) == [(date(2018, 11, 3), at("2018-11-03T03:00"))]
