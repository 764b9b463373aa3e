"""Lengths of time in packs: each place takes its own units, and a wrong unit is a fault at the unit."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.packs.language.durations import DayDuration, Duration, ElapsedDuration, LeadDuration

ALL = {"minute", "hour", "day", "working_hour", "working_day", "week", "month", "year"}


def faults(place: Any, *, amount: int, unit: str) -> list[tuple[Any, str]]:
    try:
        TypeAdapter(place).validate_python({"amount": amount, "unit": unit}, strict=True)
    except ValidationError as error:
        return [(fault["loc"], fault["msg"]) for fault in error.errors()]
    return []


@pytest.mark.parametrize(
    ("place", "units"),
    [
        (Duration, ALL),
        (ElapsedDuration, {"minute", "hour", "day", "week"}),
        (DayDuration, {"day", "week", "month", "year"}),
        (LeadDuration, {"minute", "hour", "day", "week", "working_hour", "working_day"}),
    ],
)
def test_a_place_takes_its_units(place: Any, units: set[str]) -> None:
    assert {unit for unit in ALL if not faults(place, amount=1, unit=unit)} == units


def test_the_fault_of_a_unit_lies_at_the_unit_and_that_of_an_amount_at_the_amount() -> None:
    assert faults(ElapsedDuration, amount=0, unit="month") == [
        (("unit",), "is counted here in one of minute, hour, day, week"),
        (("amount",), "is at least 1 here"),
    ]
    assert faults(DayDuration, amount=0, unit="day") == []


@pytest.mark.parametrize(
    ("unit", "length"),
    [
        ("minute", timedelta(minutes=3)),
        ("hour", timedelta(hours=3)),
        ("day", timedelta(hours=72)),
        ("week", timedelta(days=21)),
    ],
)
def test_elapsed_time(unit: Any, length: timedelta) -> None:
    assert Duration(amount=3, unit=unit).elapsed() == length


def test_working_time_is_told_from_elapsed_time() -> None:
    assert {unit for unit in ALL if Duration(amount=1, unit=unit).is_working_time} == {  # type: ignore[arg-type]
        "working_hour",
        "working_day",
    }
