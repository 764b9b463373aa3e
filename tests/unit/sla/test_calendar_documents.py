"""A calendar as it is stored and as clocks pin it: its document, its hash, and the calendar made from it again."""

from datetime import date
from hashlib import sha256

import pytest

from services.sla.calendars.rules.from_pack import calendar_from, pack_calendars, prepared, round_the_clock
from services.sla.calendars.rules.working_days import (
    CalendarDocument,
    CalendarSpec,
    DayKind,
    SpecialDay,
    Window,
    spec_from,
)
from shared.kernel.text import Text
from shared.packs.sla.model.calendars import Calendar
from tests.support.calendars import SKS_REPLY, WEEK

MORNING, AFTERNOON = Window(opens=480, closes=720), Window(opens=780, closes=1020)
WORKING = CalendarSpec(
    zone="Asia/Shanghai",
    weekly=((MORNING, AFTERNOON), (MORNING,), (), (), (), (), ()),
    special=(
        SpecialDay(
            on=date(2026, 10, 10),
            kind=DayKind.MAKE_UP,
            windows=(AFTERNOON,),
            name=Text(zh="调休上班", en="make-up working day"),
        ),
        SpecialDay(on=date(2026, 10, 1), kind=DayKind.HOLIDAY, windows=(), name=Text(zh="国庆节", en="National Day")),
    ),
    first_on=date(2026, 1, 1),
    last_on=date(2026, 12, 31),
)
STORED: CalendarDocument = {
    "zone": "Asia/Shanghai",
    "continuous": False,
    "weekly": [[[480, 720], [780, 1020]], [[480, 720]], [], [], [], [], []],
    "special": [
        {"on": "2026-10-01", "kind": "holiday", "windows": [], "zh": "国庆节", "en": "National Day"},
        {
            "on": "2026-10-10",
            "kind": "make_up",
            "windows": [[780, 1020]],
            "zh": "调休上班",
            "en": "make-up working day",
        },
    ],
    "first_on": "2026-01-01",
    "last_on": "2026-12-31",
}
IN_ORDER_OF_DAYS = CalendarSpec(
    zone=WORKING.zone,
    weekly=WORKING.weekly,
    special=WORKING.special[::-1],
    first_on=WORKING.first_on,
    last_on=WORKING.last_on,
)
CONTINUOUS = CalendarSpec(zone="Europe/Berlin", continuous=True)
STORED_CONTINUOUS: CalendarDocument = {
    "zone": "Europe/Berlin",
    "continuous": True,
    "weekly": [[], [], [], [], [], [], []],
    "special": [],
    "first_on": "0001-01-01",
    "last_on": "9999-12-31",
}


def test_a_spec_is_stored_whole_with_its_special_days_in_order() -> None:
    assert WORKING.document() == STORED
    assert CONTINUOUS.document() == STORED_CONTINUOUS


def test_a_stored_spec_is_read_back_as_it_was() -> None:
    assert spec_from(STORED) == IN_ORDER_OF_DAYS
    assert spec_from(STORED_CONTINUOUS) == CONTINUOUS


def test_a_stored_calendar_answers_for_its_spec() -> None:
    assert calendar_from(STORED).spec == IN_ORDER_OF_DAYS
    assert calendar_from(STORED_CONTINUOUS).spec == CONTINUOUS


@pytest.mark.parametrize("spec", [WORKING, IN_ORDER_OF_DAYS])
def test_a_clock_pins_the_hash_of_the_canonical_document(spec: CalendarSpec) -> None:
    canonical = (
        '{"continuous":false,"first_on":"2026-01-01","last_on":"2026-12-31","special":['
        '{"en":"National Day","kind":"holiday","on":"2026-10-01","windows":[],"zh":"国庆节"},'
        '{"en":"make-up working day","kind":"make_up","on":"2026-10-10","windows":[[780,1020]],"zh":"调休上班"}],'
        '"weekly":[[[480,720],[780,1020]],[[480,720]],[],[],[],[],[]],"zone":"Asia/Shanghai"}'
    )
    assert spec.content_hash() == sha256(canonical.encode()).hexdigest()


def test_a_pack_has_its_calendars_by_id_each_with_its_hash_and_in_its_own_zone_or_the_packs() -> None:
    shifts = [{"days": WEEK, "opens": "09:00", "closes": "17:00"}]
    rules = [
        Calendar.parse({"id": "days", "kind": "continuous"}),
        Calendar.parse({"id": "hours", "zone": "Asia/Tokyo", "shifts": shifts}),
    ]
    days = CalendarSpec(zone="Europe/Berlin", continuous=True)
    nine_to_five = (Window(opens=540, closes=1020),)
    hours = CalendarSpec(
        zone="Asia/Tokyo",
        weekly=(nine_to_five,) * 5 + ((),) * 2,
        first_on=date(2000, 1, 1),
        last_on=date(2049, 12, 31),
    )

    found = pack_calendars(rules, zone="Europe/Berlin")

    assert {name: one.calendar for name, one in found.items()} == {"days": prepared(days), "hours": prepared(hours)}
    assert {name: one.calendar.spec for name, one in found.items()} == {"days": days, "hours": hours}
    assert {name: one.content_hash for name, one in found.items()} == {
        "days": days.content_hash(),
        "hours": hours.content_hash(),
    }


def test_round_the_clock_keeps_the_zone_and_drops_the_hours() -> None:
    assert round_the_clock(SKS_REPLY).spec == CalendarSpec(zone="Asia/Shanghai", continuous=True)
