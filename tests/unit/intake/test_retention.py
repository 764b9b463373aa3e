"""When a case may go, worked out by hand, and what is left of it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.intake.cases.rules.case import Case, Reached
from services.intake.dossier.rules.dossier import Dossier, context
from services.intake.retention.rules import (
    ERASED,
    ErasedItem,
    OutsideDossier,
    PurgeRequest,
    RetentionStatus,
    certified,
    erased_items,
    permit_purge,
    purged_case,
    retention_status,
)
from services.intake.terms.rules import kept_until
from shared.kernel.actor import SYSTEM, Actor
from shared.kernel.errors import ServiceError
from shared.packs.intake.model.section import IntakeSection
from shared.packs.language.durations import Duration
from shared.packs.publishing.registry import errors, warnings
from tests.unit.intake.builders import CLERK, MANAGER, a_paper, a_small_case, small_document, text

SHANGHAI = ZoneInfo("Asia/Shanghai")
# Archived on 5 March 2026 at 23:59:59 here and kept one year: may go from 5 March 2027, 00:00 here.
ARCHIVED = datetime(2026, 3, 5, 15, 59, 59, tzinfo=UTC)
DAY = datetime(2027, 3, 4, 16, tzinfo=UTC)
RULE = {
    "id": "papers", "label": text("保存一年"), "cite": "TB-15c §4.5", "case_types": ["shortage"], "from": "case.archived",
    "keep": {"amount": 1, "unit": "year"}, "hold_when": "facts.important == true", "roles": ["manager"],
}  # fmt: skip
FACTS = [
    {"id": "important", "label": text("重要"), "type": "boolean"},
    {"id": "phone", "label": text("电话"), "type": "text", "personal": True},
]


def section(**rule: Any) -> IntakeSection:
    document = small_document()
    return IntakeSection.parse(document | {"facts": [*document["facts"], *FACTS], "retention": [RULE | rule]})


def section_of(rules: list[dict[str, Any]]) -> IntakeSection:
    document = small_document()
    return IntakeSection.parse(document | {"facts": [*document["facts"], *FACTS], "retention": rules})


def archived(*, at: datetime = ARCHIVED, milestones: tuple[Reached, ...] | None = None, **changes: Any) -> Case:
    case = a_small_case(**({"status": "filed", "last_at": at} | changes))
    reached = (Reached(name="case.archived", at=at, step="file", cite="SK-9 1.9"),)
    return replace(case, milestones=reached if milestones is None else milestones)


def found(case: Case, *, now: datetime, by: Actor = MANAGER, **rule: Any) -> RetentionStatus | None:
    dossier, parts = Dossier(case=case), section(**rule)
    seen = context(dossier, parts, actor=by, now=now)
    return retention_status(dossier, parts, PurgeRequest(actor=by, now=now, zone=SHANGHAI, seen=seen))


@pytest.mark.parametrize(
    ("changes", "by", "now", "code", "fields"),
    [
        ({}, CLERK, DAY, "role_forbidden", {"roles": ["manager"]}),
        ({"is_purged": True}, MANAGER, DAY, "case_purged", {}),
        ({"milestones": ()}, MANAGER, DAY, "retention_not_begun", {"from": "case.archived", "status": "filed"}),
        ({}, MANAGER, DAY - timedelta(days=1), "retention_not_over", {"purgeable_on": "2027-03-05"}),
        ({"facts": {"important": True}}, MANAGER, DAY, "retention_hold", {"rule": "papers"}),
    ],
)
def test_a_refused_purge_cites_the_rule_that_keeps_the_case(
    changes: dict[str, Any], by: Actor, now: datetime, code: str, fields: dict[str, Any]
) -> None:
    status = found(archived(**changes), now=now, by=by)
    assert status is not None
    assert status.refusal is not None
    assert (status.refusal.code, status.refusal.cite, status.refusal.fields) == (code, "TB-15c §4.5", fields)


def refusal(case: Case, *, now: datetime = DAY, by: Actor = MANAGER, **rule: Any) -> tuple[str, dict[str, Any]] | None:
    try:
        permit_purge(found(case, now=now, by=by, **rule))
    except ServiceError as error:
        return error.code, error.fields
    return None


@pytest.mark.parametrize(
    ("on", "amount", "unit", "until"),
    [
        ("2026-03-05", 1, "year", "2027-03-05"),
        ("2026-03-02", 2, "year", "2028-03-02"),
        ("2028-02-29", 1, "year", "2029-02-28"),  # clamped
        ("2028-02-29", 4, "year", "2032-02-29"),
        ("2026-01-31", 1, "month", "2026-02-28"),
        ("2026-11-30", 3, "month", "2027-02-28"),
        ("2026-12-31", 1, "day", "2027-01-01"),
        ("2028-02-28", 2, "day", "2028-03-01"),
        ("2026-03-05", 2, "week", "2026-03-19"),
        ("2026-03-05", 0, "day", "2026-03-05"),
    ],
)
def test_how_long_is_kept(on: str, amount: int, unit: Any, until: str) -> None:
    assert kept_until(date.fromisoformat(on), Duration(amount=amount, unit=unit)) == date.fromisoformat(until)


def test_refused_until_the_second_before_the_day_and_allowed_from_it() -> None:
    before = refusal(archived(), now=DAY - timedelta(seconds=1))
    assert before == ("retention_not_over", {"purgeable_on": "2027-03-05"})
    assert refusal(archived(), now=DAY) is None


def test_the_day_is_that_of_the_packs_zone() -> None:
    """One second later it was 6 March here, though still the 5th in UTC."""
    later = archived(at=ARCHIVED + timedelta(seconds=1))
    assert refusal(later, now=DAY) == ("retention_not_over", {"purgeable_on": "2027-03-06"})
    assert refusal(later, now=DAY + timedelta(days=1)) is None


def test_the_last_time_counts() -> None:
    twice = tuple(
        Reached(name="case.archived", at=at, step="file", cite="SK-9 1.9")
        for at in (ARCHIVED, ARCHIVED + timedelta(days=10))
    )
    assert refusal(archived(milestones=twice)) == ("retention_not_over", {"purgeable_on": "2027-03-15"})


def test_held_back_while_the_packs_rule_says_so() -> None:
    assert refusal(archived(facts={"important": True})) == ("retention_hold", {"rule": "papers"})
    assert refusal(archived(facts={"important": False})) is None
    assert refusal(archived(), hold_when="facts.important != true") == ("retention_hold", {"rule": "papers"})


@pytest.mark.parametrize(
    ("case", "by", "code"),
    [
        (archived(), CLERK, "role_forbidden"),
        (archived(), SYSTEM, "role_forbidden"),
        (archived(is_purged=True), MANAGER, "case_purged"),
        (archived(milestones=()), MANAGER, "retention_not_begun"),
        (archived(status="open"), MANAGER, "retention_not_begun"),  # handled again
        (archived(case_type="delay"), MANAGER, "retention_unlimited"),
    ],
)
def test_what_else_refuses(case: Case, by: Actor, code: str) -> None:
    refused = refusal(case, by=by)
    assert refused is not None
    assert refused[0] == code


def test_what_goes_and_what_is_left() -> None:
    case = archived(
        facts={"phone": "138", "important": False}, description="说明", customer_ref="C-9", order_ref="SO-9"
    )
    dossier, parts = Dossier(case=case, documents=(a_paper("form", "final"),)), section()
    held = OutsideDossier(parties=["customer", "manager", "customer"], contacts=1)
    gone = erased_items(dossier, parts, held)
    assert gone == (
        ErasedItem(what="document", kind="form", count=1, id="d-form", number="XY-2026-00001", sha256="a" * 64),
        ErasedItem(what="party", kind="customer", count=2),
        ErasedItem(what="party", kind="manager", count=1),
        ErasedItem(what="contact", kind="contact", count=1),
        ErasedItem(what="description", kind="description", count=1),
        ErasedItem(what="fact", kind="phone", count=1),
    )
    standing_ = found(case, now=DAY)
    assert standing_ is not None
    asked = PurgeRequest(actor=MANAGER, now=DAY, zone=SHANGHAI, seen={})
    certificate = certified(standing_, case, asked, erased=gone, number="PC-2027-00001")
    left = purged_case(case, parts, certificate)
    assert left.facts == {"missing_pieces": 3, "level": "low", "important": False}
    assert (left.customer_ref, left.order_ref, left.description, left.is_purged) == (ERASED, None, None, True)
    assert (left.number, left.case_type, left.status, left.version) == (
        case.number,
        "shortage",
        "filed",
        case.version + 1,
    )
    assert [(m.name, m.at) for m in left.milestones] == [("case.archived", ARCHIVED), ("case.purged", DAY)]
    other = certified(standing_, case, asked, erased=gone[:-1], number="PC-2027-00001")
    assert certificate.sha256 != other.sha256


@pytest.mark.parametrize("unit", ["minute", "hour", "working_day"])
def test_keeping_is_counted_in_days(unit: str) -> None:
    with pytest.raises(ValueError, match="counted here in one of day, week, month, year"):
        section(keep={"amount": 1, "unit": unit})


def test_a_case_type_is_kept_by_one_rule_and_none_is_forgotten() -> None:
    document = small_document()
    rules = [RULE, RULE | {"id": "again"}, RULE | {"id": "others", "case_types": []}]
    parts = IntakeSection.parse(document | {"facts": [*document["facts"], *FACTS], "retention": rules})
    said = "shortage is kept by papers already; name an outcome: `when`"
    assert [message for _, message in errors(parts)] == [said]
    paid = RULE | {"id": "paid", "when": "facts.important == true"}
    assert list(errors(section_of([RULE, paid, rules[2]]))) == []
    assert "no rule says how long delay is kept, so it is never purged" in [m for _, m in warnings(section())]
    assert not any("is kept" in message for _, message in warnings(parts))
