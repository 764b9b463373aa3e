"""The same calendar twice: ours from the reference pack, django-bizcal's from the same days and hours."""

from datetime import date, timedelta

from django_bizcal.calendars.working import DayOverrideInput, WeeklyScheduleInput
from django_bizcal.calendars.working import WorkingCalendar as Bizcal
from django_bizcal.windows import ScheduleBlockInput

from services.sla.calendars.rules.from_pack import spec_of
from services.sla.calendars.rules.working_days import CalendarSpec
from shared.packs.publishing.load import load_pack

CALENDAR = "cn-workdays"
HOURS: list[ScheduleBlockInput] = [("08:00", "12:00"), ("13:00", "17:00")]


def china_2026() -> CalendarSpec:
    """The working calendar of the reference pack."""
    sections = load_pack("laigang").valid()
    rule = next(rule for rule in sections.sla.calendars if rule.id == CALENDAR)
    return spec_of(rule, zone=sections.pack.zone)


def bizcal_calendar() -> Bizcal:
    """django-bizcal told every day that differs from its weekday."""
    spec = china_2026()
    overrides: DayOverrideInput = {special.on: HOURS if special.windows else [] for special in spec.special}
    weekly: WeeklyScheduleInput = {**dict.fromkeys(range(5), HOURS)}
    return Bizcal(tz=spec.zone, weekly_schedule=weekly, day_overrides=overrides)


def days(first: date, last: date) -> list[date]:
    """Every date from `first` to `last`, both included."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
