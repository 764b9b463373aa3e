"""Copies of cases after events, as functions of values."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.settlement.cases.rules import (
    Case,
    CaseEvent,
    CaseUnknown,
    Document,
    References,
    Touch,
    first_touches,
    follow,
)
from shared.kernel.ids import CaseId, OrgId

ORG, CASE = OrgId("org"), CaseId("a")
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
REGISTERED = Case(
    org=ORG, case_id=CASE, number="C-1", case_type="complaint", customer_ref="C", order_ref="O", pack="p",
    policy_version=1, facts={"tonnes": "1"}, milestones=("case.registered",),
)  # fmt: skip


def an_event(case_id: CaseId = CASE, *, hour: int = 0, subjects: tuple[str, ...] = ("wang",), **said: Any) -> CaseEvent:
    at = NOON + timedelta(hours=hour)
    return CaseEvent(org=ORG, case_id=case_id, at=at, subjects=subjects, **said)


def notice(state: str) -> Document:
    return Document(document_id="d", template="notice", number="N-1", state=state)


def test_each_event_changes_what_it_speaks_of() -> None:
    [after] = follow(
        {},
        [
            an_event(registered=REGISTERED),
            an_event(facts={"tonnes": "2"}, milestones=("case.accepted",), document=notice("draft")),
            an_event(references=References(customer_ref="D", order_ref=None)),
            an_event(milestones=("case.accepted", "evidence.added"), document=notice("final")),
        ],
    ).values()
    assert (after.customer_ref, after.order_ref, after.facts) == ("D", None, {"tonnes": "2"})
    assert after.milestones == ("case.registered", "case.accepted", "evidence.added")
    assert after.documents == (notice("final"),)


def test_a_case_without_an_event_stays_and_a_second_registration_changes_nothing() -> None:
    other = CaseId("b")
    known = {(ORG, CASE): REGISTERED, (ORG, other): REGISTERED}
    again = Case(
        org=ORG, case_id=CASE, number="C-9", case_type="x", customer_ref="X", pack="q", policy_version=2, facts={}
    )
    assert follow(known, [an_event(registered=again)]) == known


def test_an_event_before_the_registration_is_of_an_unknown_case() -> None:
    with pytest.raises(CaseUnknown):
        follow({}, [an_event(milestones=("x",)), an_event(registered=REGISTERED)])


@pytest.mark.parametrize(
    "said",
    [
        {"registered": REGISTERED}, {"facts": {}}, {"milestones": ("x",)}, {"document": notice("draft")},
        {"references": References(customer_ref="D", order_ref=None)},
    ],
)  # fmt: skip
def test_what_says_something_of_the_case_is_not_a_touch_only(said: dict[str, Any]) -> None:
    assert not an_event(**said).is_touch_only
    assert an_event().is_touch_only


def test_the_first_touch_of_each_subject_counts() -> None:
    touches = first_touches(
        [an_event(hour=3, subjects=("wang", "lin", "wang")), an_event(hour=1), an_event(hour=2), an_event(CaseId("b"))]
    )
    assert touches == {
        Touch(ORG, CASE, "wang"): NOON + timedelta(hours=1),
        Touch(ORG, CASE, "lin"): NOON + timedelta(hours=3),
        Touch(ORG, CaseId("b"), "wang"): NOON,
    }
