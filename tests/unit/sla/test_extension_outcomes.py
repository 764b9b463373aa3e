"""What a request for an extension leaves on record and announces: asked, rejected, granted; and each refusal whole."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from services.sla.clocks.rules import transitions as t
from services.sla.clocks.rules.clock import Change, Mark, Target, Why
from services.sla.clocks.rules.events import Breached, Extended, ExtensionRejected, ExtensionRequested
from services.sla.extensions.rules import errors
from services.sla.extensions.rules.extension import Extension, ExtensionState, Request, request_extension
from shared.kernel.actor import Actor
from shared.kernel.errors import ServiceError
from shared.kernel.ids import CaseId, OrgId
from tests.support.calendars import CN_WORKDAYS, cst
from tests.unit.sla.test_extension_rules import CHEN, NEW, NOW, QIAN, TERMS, ask, decide
from tests.unit.sla.test_transitions import DUE, LATE, running

CITE = "LG-35e Art.35"
ASKED = Extension(
    org=OrgId("o"),
    case_id=CaseId("c"),
    clock_id="k",
    extension_id="e",
    state=ExtensionState.PENDING,
    opinion="why",
    evidence=(),
    due_at_then=DUE,
    proposed_due_at=NEW,
    approver_role="management",
    requested_by="chen",
    requested_at=NOW,
    cite=CITE,
)


def test_a_request_is_pending_and_announced() -> None:
    clock = running()
    assert ask(clock) == (
        ASKED,
        Change(
            clock=replace(clock, version=clock.version + 1),
            events=(
                ExtensionRequested(
                    due_at=DUE,
                    cite=CITE,
                    extension_id="e",
                    proposed_due_at=NEW,
                    approver_role="management",
                    actor=CHEN,
                ),
            ),
        ),
    )


def test_a_rejected_request_leaves_the_clock_and_keeps_the_reason() -> None:
    extension, asked = ask(running())
    assert decide(asked, extension, approve=False, reason="too long") == (
        replace(ASKED, state=ExtensionState.REJECTED, decided_by="qian", decided_at=NOW, reason="too long"),
        Change(
            clock=replace(asked.clock, version=asked.clock.version + 1),
            events=(ExtensionRejected(due_at=DUE, cite=CITE, extension_id="e", actor=QIAN),),
        ),
    )


def test_a_granted_request_moves_the_due_instant_and_arms_the_warnings_still_ahead() -> None:
    extension, asked = ask(running())
    ahead = cst("2026-03-18T09:00")
    granted, change = decide(asked, extension, warn_at=(cst("2026-03-12T09:00"), NOW, ahead), reason="agreed")
    assert granted == replace(
        ASKED,
        state=ExtensionState.GRANTED,
        decided_by="qian",
        decided_at=NOW,
        granted_due_at=NEW,
        reason="agreed",
    )
    target = Target(
        generation=2,
        goal="normal",
        cite=CITE,
        due_at=NEW,
        original_due_at=DUE,
        warn_at=(ahead,),
        set_at=NOW,
        why=Why.EXTENSION,
        extension_id="e",
        granted_due_at=NEW,
    )
    assert change == Change(
        clock=replace(asked.clock, target=target, version=asked.clock.version + 1),
        events=(
            Extended(due_at=NEW, cite=CITE, extension_id="e", original_due_at=DUE, after_breach=False, actor=QIAN),
        ),
    )


def test_an_extension_after_the_due_instant_says_so_after_the_breach() -> None:
    extension, asked = ask(running())
    granted, change = decide(asked, extension, now=LATE)
    assert (granted.after_breach, [breach.mark for breach in change.clock.breaches]) == (True, [Mark.EXTENDED_LATE])
    assert change.events == (
        Breached(due_at=DUE, cite="LG-35c Art.35", breached_at=LATE),
        Extended(due_at=NEW, cite=CITE, extension_id="e", original_due_at=DUE, after_breach=True, actor=QIAN),
    )
    assert change.clock.version == asked.clock.version + 2


def without_an_opinion() -> object:
    request = Request(extension_id="e", opinion=" \n", evidence=(), proposed_due_at=NEW, actor=CHEN)
    return request_extension(running(), request, terms=TERMS, earlier=(), calendar=CN_WORKDAYS, now=NOW)


def decided_by(actor: Actor, *, state: ExtensionState = ExtensionState.PENDING) -> object:
    extension, asked = ask(running())
    return decide(asked, replace(extension, state=state), by=actor)


def decided(*, ended: bool = False) -> object:
    extension, asked = ask(running(), terms=FORBIDS_LATE)
    clock = t.stop(asked.clock, at=NOW, event="done").clock if ended else asked.clock
    return decide(Change(clock=clock), extension, terms=FORBIDS_LATE, now=LATE)


REJECTED, GRANTED = (replace(ASKED, state=state) for state in (ExtensionState.REJECTED, ExtensionState.GRANTED))
FORBIDS_LATE, FOUR_DAYS = replace(TERMS, after_breach=False), replace(TERMS, max_days=4)
ENDED = t.stop(running(), at=NOW, event="done").clock


@pytest.mark.parametrize(
    ("act", "refusal", "fields"),
    [
        (lambda: ask(ENDED), errors.ClockNotRunning, {"status": "met"}),
        (lambda: ask(running(), terms=FORBIDS_LATE, now=LATE), errors.ExtensionAfterBreach, {}),
        (lambda: ask(running(), earlier=(GRANTED,)), errors.ExtensionExhausted, {"granted": 1, "max_count": 1}),
        (
            lambda: ask(running(), earlier=(REJECTED, REJECTED), terms=replace(TERMS, max_requests=2)),
            errors.ExtensionExhausted,
            {"requested": 2, "max_requests": 2},
        ),
        (lambda: ask(running(), earlier=(ASKED,)), errors.ExtensionPending, {}),
        (without_an_opinion, errors.OpinionRequired, {"missing": ["opinion"]}),
        (lambda: ask(running(), until=DUE), errors.DueNotLater, {"due_at": "2026-03-16T09:00:00Z"}),
        (
            lambda: ask(running(), until=cst("2026-03-23T17:00"), terms=FOUR_DAYS),
            errors.ExtensionTooLong,
            {"latest": "2026-03-20T09:00:00Z", "max_days": 4},
        ),
        (lambda: decided(ended=True), errors.ClockNotRunning, {"status": "met"}),
        (decided, errors.ExtensionAfterBreach, {}),
        (lambda: decided_by(Actor(subject="li")), errors.RoleForbidden, {"roles": ["management"]}),
        (lambda: decided_by(replace(QIAN, subject="chen")), errors.FourEyes, {}),
        (lambda: decided_by(QIAN, state=ExtensionState.LAPSED), errors.ExtensionDecided, {"state": "lapsed"}),
    ],
)
def test_a_refusal_cites_the_rule_about_extensions_and_says_what_a_client_may_act_on(
    act: Callable[[], object], refusal: type[ServiceError], fields: dict[str, object]
) -> None:
    with pytest.raises(refusal) as refused:
        act()
    assert (refused.value.cite, refused.value.fields) == (CITE, fields)
