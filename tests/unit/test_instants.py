"""What comes in can be counted from: aware, and in no year that overflows."""

from datetime import UTC, date, datetime

import pytest

from shared.kernel.instants import InstantOutOfRange, parse_instant, usual_day


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("1900-01-01T00:00:00Z", datetime(1900, 1, 1, tzinfo=UTC)),
        ("1900-01-01T08:00:00+08:00", datetime(1900, 1, 1, tzinfo=UTC)),
        ("2199-12-31T23:59:59Z", datetime(2199, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_usual(text: str, instant: datetime) -> None:
    assert parse_instant(text) == instant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-03-05",
        "2026-03-05T10:00:00",
        "1899-12-31T23:59:59Z",
        "1900-01-01T07:59:59+08:00",
        "2200-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59.999999-12:00",
    ],
)
def test_unusual(text: str) -> None:
    with pytest.raises(ValueError):
        parse_instant(text)


@pytest.mark.parametrize("day", [date.min, date(1899, 12, 31), date(2200, 1, 1), date.max])
def test_unusual_days(day: date) -> None:
    with pytest.raises(InstantOutOfRange):
        usual_day(day)


def test_usual_days() -> None:
    assert usual_day(date(1900, 1, 1)) == date(1900, 1, 1)
    assert usual_day(date(2199, 12, 31)) == date(2199, 12, 31)
