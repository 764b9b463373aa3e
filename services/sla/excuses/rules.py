"""Excusing a breach: a goal that holds only in principle may be missed for a stated reason."""

from dataclasses import replace
from datetime import datetime

from services.sla.clocks.rules.clock import Change, Clock, Mark
from services.sla.clocks.rules.events import Excused
from services.sla.clocks.rules.transitions import record_missed_breach
from shared.kernel.actor import Actor
from shared.kernel.errors import Conflict, Rejected
from shared.kernel.text import Text


class ReasonRequired(Rejected):
    """No reason was given for the excuse of a breach."""

    code = "reason_required"
    title = Text(en="A reason is needed", zh="须说明理由")


class NotExcusable(Conflict):
    """The rule of this clock is not one that a reason can excuse."""

    code = "not_excusable"
    title = Text(en="This time limit admits no excuse", zh="该时限不适用免责说明")


class NothingToExcuse(Conflict):
    """The clock has no breach that stands unexcused."""

    code = "nothing_to_excuse"
    title = Text(en="There is no breach to excuse", zh="没有需要说明的超期")


def excuse(clock: Clock, *, excusable: bool, reason: str, actor: Actor, at: datetime) -> Change:
    """A stated reason excuses the breaches that stand. Raises NotExcusable, ReasonRequired, NothingToExcuse."""
    if not excusable:
        raise NotExcusable(cite=clock.cite)
    if not reason.strip():
        raise ReasonRequired(cite=clock.cite, fields={"missing": ["reason"]})
    late = record_missed_breach(clock, at=at)
    if not any(breach.mark is Mark.STANDING for breach in late.clock.breaches):
        raise NothingToExcuse(cite=clock.cite)
    excused = tuple(
        replace(breach, mark=Mark.EXCUSED, reason=reason, marked_by=actor.subject)
        if breach.mark is Mark.STANDING
        else breach
        for breach in late.clock.breaches
    )
    marked = replace(late.clock, breaches=excused, version=late.clock.version + 1)
    event = Excused(due_at=clock.due_at, cite=clock.dated().cite, actor=actor)
    return Change(clock=marked, events=(*late.events, event))
