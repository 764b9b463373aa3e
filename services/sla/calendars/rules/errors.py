"""Refusals of calendars."""

from shared.kernel.errors import Rejected, ServiceError, Title


class CalendarUnconfirmed(Rejected):
    """The answer lies outside the days that the calendar has confirmed data for."""

    code = "calendar_unconfirmed"
    title = Title("The calendar is not confirmed that far", "该日期的工作日历尚未公布")


class NotAWorkingDay(Rejected):
    """A due date was proposed on a day on which the clock's calendar is closed."""

    code = "not_a_working_day"
    title = Title("The day is not a working day", "该日不是工作日")


class CalendarMissing(ServiceError):
    """A calendar that a rule names is not in its pack, or a pinned one is not stored: a defect, answered with 500."""

    code = "calendar_missing"
    title = Title("A calendar is missing", "缺少工作日历")
