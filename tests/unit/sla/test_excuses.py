"""Excusing a breach: the rule must allow it, a reason must be stated, and only breaches that stand are excused."""

from dataclasses import replace

import pytest

from services.sla.clocks.rules.clock import Breach, Change, Mark
from services.sla.clocks.rules.events import Breached, Excused
from services.sla.excuses.rules import NotExcusable, NothingToExcuse, ReasonRequired, excuse
from shared.kernel.actor import Actor
from shared.kernel.errors import ServiceError
from tests.support.calendars import cst
from tests.unit.sla.test_transitions import DUE, LATE, MAJOR, running

CHEN = Actor(subject="chen")
RULE, GOAL = "LG-35 Art.35", "LG-35c Art.35"


@pytest.mark.parametrize(
    ("excusable", "reason", "refusal", "fields"),
    [
        (False, "snow", NotExcusable, {}),
        (True, " \n", ReasonRequired, {"missing": ["reason"]}),
        (True, "snow", NothingToExcuse, {}),
    ],
)
def test_an_excuse_that_is_refused_cites_the_rule_of_the_clock(
    excusable: bool, reason: str, refusal: type[ServiceError], fields: dict[str, list[str]]
) -> None:
    clock = running(cite=RULE)
    with pytest.raises(refusal) as refused:
        excuse(clock, excusable=excusable, reason=reason, actor=CHEN, at=DUE)
    assert (refused.value.cite, refused.value.fields) == (RULE, fields)


def test_a_breach_that_no_alarm_has_recorded_is_recorded_and_excused() -> None:
    clock = running(cite=RULE)
    breach = Breach(due_at=DUE, breached_at=LATE, mark=Mark.EXCUSED, reason="snow", marked_by="chen")
    assert excuse(clock, excusable=True, reason="snow", actor=CHEN, at=LATE) == Change(
        clock=replace(clock, breaches=(breach,), version=clock.version + 2),
        events=(
            Breached(due_at=DUE, cite=GOAL, breached_at=LATE),
            Excused(due_at=DUE, cite=GOAL, actor=CHEN),
        ),
    )


def test_an_excuse_leaves_breaches_of_other_goals_as_they_were_marked() -> None:
    superseded = Breach(
        due_at=cst("2026-03-09T17:00"), breached_at=cst("2026-03-09T17:00:00.001"), mark=Mark.SUPERSEDED
    )
    standing = Breach(due_at=DUE, breached_at=LATE)
    clock = replace(running(), breaches=(superseded, standing))
    assert excuse(clock, excusable=True, reason="snow", actor=CHEN, at=MAJOR) == Change(
        clock=replace(
            clock,
            breaches=(superseded, replace(standing, mark=Mark.EXCUSED, reason="snow", marked_by="chen")),
            version=clock.version + 1,
        ),
        events=(Excused(due_at=DUE, cite=GOAL, actor=CHEN),),
    )
