"""Refusals of the clocks and calendars. Those that a rule makes carry the citation of the rule."""

from shared.kernel.errors import Conflict, Forbidden, Invalid, Rejected


class CalendarUnconfirmed(Rejected):
    """The answer lies outside the days that the calendar has confirmed data for."""

    code = "calendar_unconfirmed"


class NotAWorkingDay(Rejected):
    """A due date was proposed on a day on which the clock's calendar is closed."""

    code = "not_a_working_day"


class ClockNotRunning(Conflict):
    """The clock has stopped, was cancelled or stands still, so it cannot be changed this way."""

    code = "clock_not_running"


class ExtensionNotAllowed(Conflict):
    """The rule of this clock knows no extension."""

    code = "extension_not_allowed"


class OpinionRequired(Rejected):
    """An extension was asked for without the opinion that the rule demands."""

    code = "opinion_required"


class DueRequired(Rejected):
    """An extension was asked for, or granted, with neither or both of a date and an instant."""

    code = "due_required"


class ExtensionExhausted(Conflict):
    """As many extensions as the rule allows were granted, or asked for, already."""

    code = "extension_exhausted"


class ExtensionPending(Conflict):
    """An earlier request for the same clock still waits for its decision."""

    code = "extension_pending"


class ExtensionDecided(Conflict):
    """The request was granted, rejected or has lapsed before."""

    code = "extension_decided"


class ExtensionAfterBreach(Conflict):
    """The rule forbids an extension once the due instant has passed."""

    code = "extension_after_breach"


class DueNotLater(Rejected):
    """The proposed due instant is not after the present one."""

    code = "due_not_later"


class ExtensionTooLong(Rejected):
    """The proposed due instant is further away than the rule allows."""

    code = "extension_too_long"


class RoleForbidden(Forbidden):
    """The decision belongs to a role that the caller does not hold."""

    code = "role_forbidden"


class FourEyes(Forbidden):
    """Whoever asked for the extension cannot decide it."""

    code = "four_eyes"


class ReasonRequired(Rejected):
    """An exception was stated without a reason."""

    code = "reason_required"


class NotExcusable(Conflict):
    """The rule of this clock is not one that a reason can excuse."""

    code = "not_excusable"


class NothingToExcuse(Conflict):
    """The clock has no breach that stands unexcused."""

    code = "nothing_to_excuse"


class TransitionRefused(Conflict):
    """The clock's status does not allow the transition; `fields` name both."""

    code = "transition_refused"


class PeriodInvalid(Invalid):
    """The period is none, or not of the indicator's kind; `fields` say which kind and how one is written."""

    code = "period_invalid"
