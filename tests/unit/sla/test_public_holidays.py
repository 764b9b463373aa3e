"""From a pack's calendar to its days: what governments announced (for 2026: 国办发明电〔2025〕7号), and the pack's exceptions."""

from datetime import date
from typing import Any

import pytest

from services.sla.calendars.rules.from_pack import spec_of
from services.sla.calendars.rules.working_days import CalendarSpec, DayKind, SpecialDay, Window
from shared.kernel.text import Text
from shared.packs.sla.model.calendars import Calendar
from tests.support.calendars import WEEK

TUESDAY_MORNING = Window(opens=540, closes=720)
SHIFTS = [
    {"days": [day for day in WEEK if day != "tue"], "opens": "08:00", "closes": "17:00"},
    {"days": ["tue"], "opens": "09:00", "closes": "12:00"},
]
WHOLE_DAY = (Window(opens=480, closes=1020),)


def spec(name: str, **changes: Any) -> CalendarSpec:
    spec_of.cache_clear()
    return spec_of(Calendar.parse({"id": name, "shifts": SHIFTS, **changes}), zone="Asia/Shanghai")


def off(on: str, zh: str, en: str) -> SpecialDay:
    return SpecialDay(on=date.fromisoformat(on), kind=DayKind.HOLIDAY, windows=(), name=Text(zh=zh, en=en))


def make_up(on: str) -> SpecialDay:
    return SpecialDay(
        on=date.fromisoformat(on),
        kind=DayKind.MAKE_UP,
        windows=(TUESDAY_MORNING,),
        name=Text(zh="调休上班", en="make-up working day"),
    )


def test_days_off_and_make_up_days_are_those_announced_up_to_the_last_confirmed_day() -> None:
    china = spec("china", country="CN", make_up_day_as="tue", confirmed_until="2026-10-10")
    assert [day for day in china.special if day.on >= date(2026, 9, 1)] == [
        make_up("2026-09-20"),
        off("2026-09-25", "中秋节", "Mid-Autumn Festival"),
        off("2026-10-01", "国庆节", "National Day"),
        off("2026-10-02", "国庆节", "National Day"),
        off("2026-10-03", "国庆节", "National Day"),
        off("2026-10-05", "国庆节（补假）", "National Day (observed)"),
        off("2026-10-06", "休息日（由 2026-09-20 调休）", "Day off (substituted from 09/20/2026)"),
        off("2026-10-07", "休息日（由 2026-10-10 调休）", "Day off (substituted from 10/10/2026)"),
        make_up("2026-10-10"),
    ]
    assert china.special[0] == off("2023-01-01", "元旦", "New Year's Day")
    assert china.weekly == (WHOLE_DAY, (TUESDAY_MORNING,), WHOLE_DAY, WHOLE_DAY, WHOLE_DAY, (), ())
    assert (china.first_on, china.last_on) == (date(2023, 1, 1), date(2026, 10, 10))


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("2026-10-01", off("2026-10-01", "国庆节", "National Day")),
        ("2026-09-30", off("2026-09-25", "中秋节", "Mid-Autumn Festival")),
        ("2026-10-09", off("2026-10-07", "休息日（由 2026-10-10 调休）", "Day off (substituted from 10/10/2026)")),
        ("2027-12-31", make_up("2026-10-10")),
    ],
)
def test_no_day_after_the_confirmed_ones_is_guessed(until: str, last: SpecialDay) -> None:
    china = spec("china", country="CN", make_up_day_as="tue", confirmed_until=until)
    assert (china.special[-1], china.last_on) == (last, date.fromisoformat(until))


@pytest.mark.parametrize("locale", ["en_US", "th", "de"])
def test_names_are_those_of_the_country_and_english_whatever_the_locale_of_the_process(
    locale: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGUAGE", locale)
    germany = spec("germany", country="DE", confirmed_until="2026-12-31", zone="Europe/Berlin")
    assert germany.zone == "Europe/Berlin"
    assert [day for day in germany.special if date(2026, 6, 1) <= day.on < date(2026, 12, 26)] == [
        off("2026-10-03", "Tag der Deutschen Einheit", "German Unity Day"),
        off("2026-12-25", "Erster Weihnachtstag", "Christmas Day"),
    ]


def test_exceptions_of_the_pack_are_off_or_open_at_their_own_hours_on_each_of_their_days() -> None:
    hours = [{"opens": "13:00", "closes": "15:00"}, {"opens": "09:00", "closes": "11:30"}]
    inventory, duty = {"zh": "盘点", "en": "Inventory"}, {"zh": "值班", "en": "Duty"}
    rules = [
        {"on": "2026-07-06", "until": "2026-07-08", "name": inventory},
        {"on": "2026-07-11", "hours": hours, "name": duty},
        {"on": "2050-01-01", "name": inventory},
    ]
    plant = spec("plant", overrides=rules)
    assert plant.special == (
        off("2026-07-06", "盘点", "Inventory"),
        off("2026-07-07", "盘点", "Inventory"),
        off("2026-07-08", "盘点", "Inventory"),
        SpecialDay(
            on=date(2026, 7, 11),
            kind=DayKind.CHANGED,
            windows=(Window(opens=540, closes=690), Window(opens=780, closes=900)),
            name=Text(zh="值班", en="Duty"),
        ),
    )
    assert (plant.zone, plant.first_on, plant.last_on) == ("Asia/Shanghai", date(2000, 1, 1), date(2049, 12, 31))
