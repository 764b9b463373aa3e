"""Extensions as pure rules: LG-35e, gaps A10, A73, A74, with packs that allow more or less."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from services.sla.clocks.rules import transitions as t
from services.sla.clocks.rules.clock import Change, Mark
from services.sla.clocks.rules.clock import Clock as StoredClock
from services.sla.clocks.rules.events import Breached, Extended
from services.sla.extensions.rules import errors
from services.sla.extensions.rules.extension import (
    Decision,
    Extension,
    ExtensionState,
    ExtensionTerms,
    Request,
    decide_extension,
    due_instant,
    extension_terms,
    may_end_extendable_clock,
    request_extension,
)
from shared.kernel.actor import Actor
from shared.packs.sla.model.clocks import Clock
from tests.support.calendars import CN_WORKDAYS, cst
from tests.unit.sla.test_transitions import DUE, LATE, MAJOR, a_plan, running

TERMS = ExtensionTerms(
    requires_opinion=True, approver_role="management", max_count=1, max_requests=None, max_days=None,
    after_breach=True, cite="LG-35e Art.35",
)  # fmt: skip
CHEN = Actor(subject="chen")
QIAN = Actor(subject="qian", roles=frozenset({"management"}))
NOW = cst("2026-03-13T09:00")
NEW = cst("2026-03-20T17:00")


def ask(
    clock: StoredClock, *, until: datetime = NEW, terms: ExtensionTerms = TERMS, earlier: tuple[Extension, ...] = (),
    now: datetime = NOW,
) -> tuple[Extension, Change]:  # fmt: skip
    request = Request(extension_id="e", opinion="why", evidence=(), proposed_due_at=until, actor=CHEN)
    return request_extension(clock, request, terms=terms, earlier=earlier, calendar=CN_WORKDAYS, now=now)


def decide(
    change: Change, extension: Extension, *, due_at: datetime = NEW, approve: bool = True, by: Actor = QIAN,
    terms: ExtensionTerms = TERMS, now: datetime = NOW, warn_at: tuple[datetime, ...] = (), reason: str = "",
) -> tuple[Extension, Change]:  # fmt: skip
    decision = Decision(approve=approve, due_at=due_at, warn_at=warn_at, reason=reason, actor=by)
    return decide_extension(change.clock, extension, decision, terms=terms, calendar=CN_WORKDAYS, now=now)


def test_granting_keeps_the_original() -> None:
    extension, asked = ask(running())
    assert asked.clock.due_at == DUE
    granted, change = decide(asked, extension)
    target = change.clock.dated()
    assert (granted.state, target.due_at, target.original_due_at, target.generation) == (
        ExtensionState.GRANTED,
        NEW,
        DUE,
        2,
    )
    assert t.pass_due(change.clock, generation=1).events == ()
    assert t.pass_due(change.clock, generation=2).clock.breach is not None


@pytest.mark.parametrize(("now", "late"), [(DUE, False), (LATE, True)])
def test_granted_after_the_due_instant_is_late_even_if_no_alarm_fired(now: datetime, late: bool) -> None:
    extension, asked = ask(running())
    granted, change = decide(asked, extension, now=now)
    assert granted.after_breach is late
    assert [breach.mark for breach in change.clock.breaches] == ([Mark.EXTENDED_LATE] if late else [])
    assert [type(event) for event in change.events] == ([Breached, Extended] if late else [Extended])


def test_a_pack_may_forbid_late_extensions() -> None:
    strict = replace(TERMS, after_breach=False)
    extension, asked = ask(running(), terms=strict)
    assert decide(asked, extension, terms=strict, now=DUE)[0].state is ExtensionState.GRANTED
    with pytest.raises(errors.ExtensionAfterBreach):
        decide(asked, extension, terms=strict, now=LATE)
    with pytest.raises(errors.ExtensionAfterBreach):
        ask(running(), terms=strict, now=LATE)
    assert decide(asked, extension, terms=strict, now=LATE, approve=False)[0].state is ExtensionState.REJECTED


def test_only_granted_requests_count_unless_the_pack_caps_requests() -> None:
    extension, asked = ask(running())
    rejected, _ = decide(asked, extension, approve=False)
    granted, _ = decide(asked, extension)
    assert ask(running(), earlier=(rejected, rejected))[0].state is ExtensionState.PENDING
    with pytest.raises(errors.ExtensionExhausted):
        ask(running(), earlier=(granted,))
    with pytest.raises(errors.ExtensionPending):
        ask(running(), earlier=(extension,))
    with pytest.raises(errors.ExtensionExhausted):
        ask(running(), earlier=(rejected,), terms=replace(TERMS, max_requests=1))
    assert ask(running(), earlier=(granted,), terms=replace(TERMS, max_count=2))[0].state is ExtensionState.PENDING


@pytest.mark.parametrize(
    ("until", "refusal"),
    [
        (DUE, errors.DueNotLater),
        (cst("2026-03-16T17:00:01"), None),
        (cst("2026-03-20T17:00"), None),
        (cst("2026-03-20T17:00:01"), errors.ExtensionTooLong),
        (cst("2026-03-23T17:00"), errors.ExtensionTooLong),
    ],
)
def test_how_far_a_due_instant_may_move(until: datetime, refusal: type[Exception] | None) -> None:
    four_days = replace(TERMS, max_days=4)  # 17, 18, 19, 20 March
    if refusal is None:
        assert ask(running(), until=until, terms=four_days)[0].proposed_due_at == until
    else:
        with pytest.raises(refusal):
            ask(running(), until=until, terms=four_days)
        extension, asked = ask(running(), terms=four_days)
        with pytest.raises(refusal):
            decide(asked, extension, due_at=until, terms=four_days)


def test_nobody_decides_his_own_request_nor_without_the_role_nor_twice() -> None:
    extension, asked = ask(running())
    with pytest.raises(errors.FourEyes):
        decide(asked, extension, by=Actor(subject="chen", roles=frozenset({"management"})))
    with pytest.raises(errors.RoleForbidden):
        decide(asked, extension, by=Actor(subject="li", roles=frozenset({"finance"})))
    granted, change = decide(asked, extension)
    with pytest.raises(errors.ExtensionDecided):
        decide(change, granted)


def test_a_granted_day_outlives_another_goal() -> None:
    extension, asked = ask(running())
    _, change = decide(asked, extension)
    major = t.retarget(change.clock, a_plan(MAJOR, goal="major"), at=NOW).clock
    assert (major.due_at, major.dated().extension_id) == (MAJOR, None)
    normal = t.retarget(major, a_plan(), at=NOW).clock
    assert (normal.due_at, normal.dated().original_due_at) == (NEW, DUE)
    assert t.stop(normal, at=NEW, event="done").clock.breaches == ()


def test_only_a_running_clock_is_extended() -> None:
    ended = t.stop(running(), at=NOW, event="done").clock
    with pytest.raises(errors.ClockNotRunning) as refused:
        ask(ended)
    assert refused.value.cite == "LG-35e Art.35"


def a_rule(*, extendable: bool) -> Clock:
    extension = {"extension": {"approver_role": "management", "cite": "X-2 Art.2"}} if extendable else {}
    goal = {"id": "g", "duration": {"amount": 1, "unit": "day"}, "calendar": "c", "cite": "X-1 Art.1"}
    return Clock.parse({
        "id": "c", "label": {"zh": "时", "en": "Clock"}, "cite": "X-1 Art.1", "start": "case.accepted",
        "stop": ["result.issued"], "cancel_on": ["case.closed"], "goals": [goal], **extension,
    })  # fmt: skip


@pytest.mark.parametrize(
    ("milestones", "facts_changed", "may_end"),
    [
        ([], False, False),
        ([], True, True),
        (["case.accepted"], False, False),
        (["result.issued"], False, True),
        (["case.accepted", "case.closed"], False, True),
    ],
)
def test_only_an_event_that_can_end_an_extendable_clock_ends_requests(
    milestones: list[str], facts_changed: bool, may_end: bool
) -> None:
    both = [a_rule(extendable=False), a_rule(extendable=True)]
    assert may_end_extendable_clock(both, milestones, facts_changed=facts_changed) is may_end
    assert may_end_extendable_clock(both[:1], milestones, facts_changed=facts_changed) is False


def test_a_clock_whose_rule_has_no_extension_cannot_be_extended() -> None:
    with pytest.raises(errors.ExtensionNotAllowed) as refused:
        extension_terms(a_rule(extendable=False))
    assert refused.value.cite == "X-1 Art.1"


def test_what_a_rule_says_about_extensions_and_what_it_leaves_out() -> None:
    assert extension_terms(a_rule(extendable=True)) == ExtensionTerms(
        requires_opinion=True,
        approver_role="management",
        max_count=1,
        max_requests=None,
        max_days=None,
        after_breach=True,
        cite="X-2 Art.2",
    )
    strict = {
        "requires_opinion": False, "approver_role": "quality", "max_count": 2, "max_requests": 3, "max_days": 5,
        "after_breach": "forbid", "cite": "X-3 Art.3",
    }  # fmt: skip
    rule = Clock.parse(a_rule(extendable=True).model_dump(mode="json") | {"extension": strict})
    assert extension_terms(rule) == ExtensionTerms(
        requires_opinion=False,
        approver_role="quality",
        max_count=2,
        max_requests=3,
        max_days=5,
        after_breach=False,
        cite="X-3 Art.3",
    )


def test_a_due_instant_is_stated_as_an_instant_or_as_a_day_never_both() -> None:
    day, at = date(2026, 3, 20), cst("2026-03-20T09:00")
    assert due_instant(on=day, at=None, calendar=CN_WORKDAYS, cite="X-2 Art.2") == cst("2026-03-20T17:00")
    assert due_instant(on=None, at=at, calendar=CN_WORKDAYS, cite="X-2 Art.2") == at
    assert due_instant(on=None, at=None, calendar=CN_WORKDAYS, cite="X-2 Art.2") is None
    with pytest.raises(errors.DueRequired) as refused:
        due_instant(on=day, at=at, calendar=CN_WORKDAYS, cite="X-2 Art.2")
    assert refused.value.cite == "X-2 Art.2"
