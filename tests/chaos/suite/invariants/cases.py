"""Of cases: each accepted request stands, all services have the same cases, and people see nothing of the faults."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from tests.chaos.suite.books import Books, Case, Copy, Event
from tests.chaos.suite.due_dates import due_of
from tests.chaos.suite.invariants.counting import doubled, uneven

_OPENED: Final = "case.accepted"
_FINISHED: Final = "archived"


def complaints_end(books: Books) -> Iterator[str]:
    """Every complaint was played to its end and is archived."""
    yield from (f"a complaint ended early: {why}" for why in books.failed)
    for case in books.cases.values():
        if case.status != _FINISHED:
            yield f"case {case.case_id} is {case.status}"


def answers_stand(books: Books) -> Iterator[str]:
    """Every POST that was answered 2xx has its effect once, however often it was sent.

    Of a complaint that ended early the last request may have had its effect without an answer.
    """
    asked: Counter[tuple[str, str]] = Counter((each.case_id, each.what) for each in set(books.accepted))
    wanted = {each.what for each in books.accepted}
    effects = ((event.key, _effect(event)) for event in books.events)
    done: Counter[tuple[str, str]] = Counter(effect for effect in effects if effect[1] in wanted)
    over = {case.case_id for case in books.cases.values() if case.status == _FINISHED}
    for place in uneven(asked, done):
        if done[place] < asked[place] or place[0] in over:
            yield f"{place}: {done[place]} effects of {asked[place]} accepted requests"
    for case_id in sorted({each.case_id for each in books.accepted} - books.cases.keys()):
        yield f"case {case_id} was accepted and is not there"


def copies_agree(books: Books) -> Iterator[str]:
    """Every service has each case as intake has it: facts, status, milestones, policy, references, version."""
    for service, copies in books.copies.items():
        for case_id in sorted(books.cases.keys() ^ copies.keys()):
            yield f"{service}: case {case_id} is at one of intake and {service} only"
        for case_id in sorted(books.cases.keys() & copies.keys()):
            for name, theirs, ours in _differences(books.cases[case_id], copies[case_id], books.awaited):
                yield f"{service}: {name} of case {case_id}: {theirs}; at intake: {ours}"


def due_dates_hold(books: Books) -> Iterator[str]:
    """Each case has both clocks once, due when the pack says, worked out again from what intake holds."""
    for (case_id, rule), count in doubled((each.case_id, each.rule) for each in books.clocks):
        yield f"case {case_id} has {count} clocks {rule}"
    found = {(each.case_id, each.rule): each for each in books.clocks}
    for case in books.cases.values():
        opened_at = dict(case.milestones).get(_OPENED)
        for rule in ("departure", "cycle") if opened_at else ():
            clock = found.get((case.case_id, rule))
            due_at = due_of(rule, opened_at=opened_at, facts=case.facts) if opened_at else None
            if clock is None:
                yield f"case {case.case_id} has no clock {rule}"
            elif clock.due_at != due_at:
                yield f"clock {rule} of case {case.case_id} is due {clock.due_at}, not {due_at}"


def looks_undisturbed(books: Books) -> Iterator[str]:
    """A person sees of each archived case what a person sees of one that was over before the first fault."""
    if not books.undisturbed:
        yield "no case was over before the first fault, so there is nothing to compare with"
        return
    model = books.views[min(books.undisturbed)]
    for case_id in sorted(case.case_id for case in books.cases.values() if case.status == _FINISHED):
        view = books.views.get(case_id, {})
        for name in sorted(model.keys() | view.keys()):
            if view.get(name) != model.get(name):
                yield f"case {case_id}: {name} {_apart(view.get(name), model.get(name))}"


def _effect(event: Event) -> str:
    return f"step {event.step}" if event.step is not None else event.type.rpartition(".")[0]


def _differences(case: Case, copy: Copy, awaited: frozenset[str]) -> Iterator[tuple[str, object, object]]:
    """What of the copy is not as intake has it: name, the copy's value, intake's. What a service does not keep is None."""
    for name in ("number", "status", "owner", "customer_ref", "order_ref", "policy", "facts", "version"):
        theirs, ours = getattr(copy, name), getattr(case, name)
        if theirs != ours and not (theirs is None and name in {"status", "owner"}):
            yield name, theirs, ours
    theirs, ours = _milestones(copy, case, awaited)
    if theirs != ours:
        yield "milestones", theirs, ours


def _milestones(copy: Copy, case: Case, awaited: frozenset[str]) -> tuple[object, object]:
    """Those that intake reached, as both have them: with instants and the last of each name, or names in order."""
    names = dict.fromkeys(name for name, _ in case.milestones)
    if any(at is not None for _, at in copy.milestones):
        kept: dict[str, datetime | None] = {name: at for name, at in copy.milestones if name in awaited}
        return kept, {name: at for name, at in case.milestones if name in awaited}
    return [name for name, _ in copy.milestones if name in names], list(names)


def _apart(here: Any, there: Any) -> str:
    """The entries of two lists that the other one lacks, or both values."""
    if not (isinstance(here, list) and isinstance(there, list)):
        return f"is {here}, elsewhere {there}"
    ours, theirs = Counter(map(repr, here)), Counter(map(repr, there))
    return f"has {list((ours - theirs).elements())} more and lacks {list((theirs - ours).elements())}"
