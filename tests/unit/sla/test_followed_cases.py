"""A case after an event, as a function of values: what matters is kept whole, the rest changes owner and references."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.sla.cases.rules import Case, CaseEvent, Reached, References, step
from shared.kernel.ids import CaseId, OrgId

ORG, CASE = OrgId("org"), CaseId("a")
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
KNOWN = Case(
    org=ORG, case_id=CASE, number="C-1", case_type="complaint", channel="web", customer_ref="C", order_ref="O",
    pack="p", policy_version=1, facts={"tonnes": "1"}, milestones={"case.registered": Reached(at=NOON, seq=1)}, seq=1,
    owner="clerk",
)  # fmt: skip
AWAITS = frozenset({"case.accepted"})


def an_event(*milestones: str, **said: Any) -> CaseEvent:
    return CaseEvent(org=ORG, case_id=CASE, milestones=milestones, at=LATER, recorded_at=LATER, **said)


def test_an_awaited_milestone_is_kept() -> None:
    after = step(KNOWN, an_event("case.accepted", "x"), awaits=AWAITS)
    assert (after.matters, after.facts_changed) == (True, False)
    assert after.case.milestones == {
        "case.registered": Reached(at=NOON, seq=1), "case.accepted": Reached(at=LATER, seq=2),
        "x": Reached(at=LATER, seq=3),
    }  # fmt: skip
    assert after.case.seq == 3


def test_a_changed_fact_matters_and_equal_facts_do_not() -> None:
    changed = step(KNOWN, an_event("x", facts={"tonnes": "2"}), awaits=AWAITS)
    assert (changed.matters, changed.facts_changed, changed.case.facts) == (True, True, {"tonnes": "2"})
    assert changed.case.seq == 2
    equal = step(KNOWN, an_event("x", facts={"tonnes": "1"}), awaits=AWAITS)
    assert (equal.matters, equal.case) == (False, KNOWN)


def test_what_does_not_matter_changes_the_owner_only() -> None:
    after = step(KNOWN, an_event("x", owner="agent"), awaits=AWAITS)
    assert not after.matters
    assert (after.case.owner, after.case.seq, after.case.milestones) == ("agent", 1, KNOWN.milestones)


def test_references_are_replaced_and_nothing_has_happened() -> None:
    after = step(KNOWN, an_event(references=References(customer_ref="D", order_ref=None)), awaits=AWAITS)
    assert not after.matters
    assert (after.case.customer_ref, after.case.order_ref, after.case.seq) == ("D", None, 1)
