"""Calendars that the tests share: the fixture calendars of the rules, and a minute-walking oracle."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.sla.calendars.rules.calendar import Calendar, prepare
from services.sla.calendars.rules.from_pack import spec_of
from services.sla.calendars.rules.working_days import CalendarSpec, DayKind, SpecialDay, Window
from shared.kernel.text import Text
from shared.packs.sla.model.calendars import Calendar as CalendarRule

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEK = ["mon", "tue", "wed", "thu", "fri"]

CN_WORKDAYS_RULE = CalendarRule.parse(
    {
        "id": "cn-workdays",
        "country": "CN",
        "shifts": [
            {"days": WEEK, "opens": "08:00", "closes": "12:00"},
            {"days": WEEK, "opens": "13:00", "closes": "17:00"},
        ],
    }
)
CN_WORKDAYS_SPEC = spec_of(CN_WORKDAYS_RULE, zone="Asia/Shanghai")
CN_WORKDAYS = prepare(CN_WORKDAYS_SPEC)
CALENDAR_DAYS = prepare(CalendarSpec(zone="Asia/Shanghai", continuous=True))
SKS_REPLY = prepare(
    CalendarSpec(
        zone="Asia/Shanghai",
        weekly=((Window(opens=540, closes=720), Window(opens=900, closes=1080)),) * 7,
        first_on=date(2026, 1, 1),
        last_on=date(2026, 12, 31),
    )
)


def cst(text: str) -> datetime:
    """An instant written as the rules write it, in Shanghai time; `T24:00` is the end of the day."""
    day, _, time = text.partition("T")
    if time == "24:00":
        return datetime.fromisoformat(day).replace(tzinfo=SHANGHAI) + timedelta(days=1)
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def odd_week(zone: str, *, first_on: date, last_on: date, special: tuple[SpecialDay, ...] = ()) -> Calendar:
    """Hours that differ by weekday, a late Monday, a night window, a worked Saturday."""
    night = (Window(opens=0, closes=200), Window(opens=1300, closes=1440))
    return prepare(
        CalendarSpec(
            zone=zone,
            weekly=(
                (Window(opens=600, closes=1080),),
                (Window(opens=510, closes=720), Window(opens=810, closes=1050)),
                (Window(opens=510, closes=720), Window(opens=810, closes=1050)),
                night,
                (Window(opens=0, closes=1440),),
                (Window(opens=540, closes=541),),
                (Window(opens=60, closes=200),),
            ),
            special=special,
            first_on=first_on,
            last_on=last_on,
        )
    )


def holiday(on: date) -> SpecialDay:
    return SpecialDay(on=on, kind=DayKind.HOLIDAY, windows=(), name=Text(zh="假", en="off"))


def open_minutes(calendar: Calendar, start: datetime, end: datetime) -> list[datetime]:
    """The oracle: every minute from `start` to `end` whose local time lies in a window of its local date."""
    spec = calendar.spec
    special = {day.on: day.windows for day in spec.special}
    found = []
    at = start
    while at < end:
        local = at.astimezone(calendar.zone)
        minute = local.hour * 60 + local.minute
        windows = special.get(local.date(), spec.weekly[local.weekday()])
        if any(window.opens <= minute < window.closes for window in windows):
            found.append(at)
        at += timedelta(minutes=1)
    return found


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]
