"""Periods by their labels, at their boundaries, in zones that are not UTC."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from shared.kernel.periods import EXAMPLES, Every, period_at, period_named
from tests.support.calendars import cst

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("every", "at", "label", "starts", "ends"),
    [
        ("day", "2026-03-02T00:00", "2026-03-02", "2026-03-02T00:00", "2026-03-03T00:00"),
        ("day", "2026-02-28T23:59:59", "2026-02-28", "2026-02-28T00:00", "2026-03-01T00:00"),
        ("week", "2026-03-02T00:00", "2026-W10", "2026-03-02T00:00", "2026-03-09T00:00"),
        ("week", "2026-03-01T23:59:59", "2026-W09", "2026-02-23T00:00", "2026-03-02T00:00"),
        ("week", "2027-01-03T12:00", "2026-W53", "2026-12-28T00:00", "2027-01-04T00:00"),
        ("month", "2026-02-28T23:59:59", "2026-02", "2026-02-01T00:00", "2026-03-01T00:00"),
        ("month", "2026-12-31T23:59:59", "2026-12", "2026-12-01T00:00", "2027-01-01T00:00"),
        ("quarter", "2026-03-31T23:59:59", "2026-Q1", "2026-01-01T00:00", "2026-04-01T00:00"),
        ("quarter", "2026-10-01T00:00", "2026-Q4", "2026-10-01T00:00", "2027-01-01T00:00"),
        ("year", "2026-07-01T00:00", "2026", "2026-01-01T00:00", "2027-01-01T00:00"),
    ],
)
def test_a_period_from_midnight_to_midnight(every: Every, at: str, label: str, starts: str, ends: str) -> None:
    found = period_at(every, cst(at), zone=SHANGHAI)
    assert (found.every, found.label, found.starts_at, found.ends_at) == (every, label, cst(starts), cst(ends))
    assert period_named(label, zone=SHANGHAI) == found


def test_the_day_on_which_the_clocks_change_has_23_hours() -> None:
    found = period_named("2026-03-29", zone=ZoneInfo("Europe/Berlin"))
    assert found is not None
    assert found.ends_at - found.starts_at == timedelta(hours=23)


@pytest.mark.parametrize(
    "label",
    ["", "26", "2026-", "2026-00", "2026-13", "2026-3", "2026-02-30", "2026-W00", "2026-W54", "2025-W53", "2026-Q0", "2026-Q5",
     "2026-Q1-01", "2026-W10-1", "20260302", "0000", "9999", "0001-01-01", "２０２６", "2026-03\n", " 2026-03", "2026-03-02T00"],
)  # fmt: skip
def test_what_names_no_period(label: str) -> None:
    assert period_named(label, zone=SHANGHAI) is None


def test_the_examples_are_of_their_kind() -> None:
    for every, label in EXAMPLES.items():
        found = period_named(label, zone=SHANGHAI)
        assert found is not None
        assert (found.every, found.label) == (every, label)
