"""Refusals of calendars."""

from shared.kernel.errors import Rejected, ServiceError
from shared.kernel.text import Text


class CalendarUnconfirmed(Rejected):
    """The answer lies outside the days that the calendar has confirmed data for."""

    code = "calendar_unconfirmed"
    title = Text(en="The calendar is not confirmed that far", zh="该日期的工作日历尚未公布")


class NotAWorkingDay(Rejected):
    """A due date was proposed on a day on which the clock's calendar is closed."""

    code = "not_a_working_day"
    title = Text(en="The day is not a working day", zh="该日不是工作日")


class CalendarMissing(ServiceError):
    """A calendar that a rule names is not in its pack, or a pinned one is not stored: a defect, answered with 500."""

    code = "calendar_missing"
    title = Text(en="A calendar is missing", zh="缺少工作日历")
