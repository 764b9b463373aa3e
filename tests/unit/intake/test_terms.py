"""Which of several rules keeps a case or a file, and until when: worked out by hand, both sides of each boundary."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.intake.cases.rules.case import Case, Reached
from services.intake.dossier.rules.dossier import Dossier, context
from services.intake.evidence.rules import Erasure, Evidence
from services.intake.retention.rules import PurgeRequest, retention_status
from services.intake.terms.rules import (
    FileTerm,
    case_rules,
    deciding,
    erasure_of,
    file_terms,
    holding,
    next_erasure,
    over,
    waiting_for_files,
)
from shared.kernel.actor import SYSTEM
from shared.kernel.text import Text
from shared.packs.intake.model.section import IntakeSection
from shared.packs.publishing.registry import errors
from tests.unit.intake.builders import MANAGER, a_small_case, small_document, text

SHANGHAI = ZoneInfo("Asia/Shanghai")
# Closed on Sunday 30 November 2025, 23:30 here, which is 15:30 UTC.
CLOSED = datetime(2025, 11, 30, 15, 30, tzinfo=UTC)
FACTS = [
    {"id": "outcome", "label": text("结果"), "type": "text"},
    {"id": "lawsuit", "label": text("诉讼"), "type": "boolean"},
]
KINDS = [
    {"id": kind, "label": text(kind), "media_types": ["image/png"], "cite": "TB-1 §1"}
    for kind in ("photo", "agreement")
]


def term(name: str, amount: int, unit: str, **more: Any) -> dict[str, Any]:
    keep = {"amount": amount, "unit": unit}
    return {"id": name, "label": text(name), "cite": f"TB-15 §{name}", "from": "case.closed", "keep": keep} | more


def section(*files: dict[str, Any], cases: tuple[dict[str, Any], ...] = ()) -> IntakeSection:
    document = small_document()
    return IntakeSection.parse(
        document
        | {
            "facts": [*document["facts"], *FACTS],
            "evidence": KINDS,
            "retention": [{"roles": ["manager"]} | rule for rule in cases],
            "evidence_retention": list(files),
        }
    )


def a_file(kind: str = "photo", **changes: Any) -> Evidence:
    return replace(
        Evidence(
            evidence_id=f"e-{kind}", kind=kind, media_type="image/png", size=1, sha256="a" * 64, filename=None,
            added_at=datetime(2025, 6, 1, 1, tzinfo=UTC), added_by="li",
        ),
        **changes,
    )  # fmt: skip


def closed(*, at: datetime = CLOSED, **facts: Any) -> Case:
    case = a_small_case(status="done", last_at=at)
    reached = (Reached(name="case.closed", at=at, step="close", cite="SK-9 1.9"),)
    return replace(case, facts={**case.facts, **facts}, milestones=reached)


def terms_of(parts: IntakeSection, *files: Evidence, case: Case | None = None) -> tuple[FileTerm, ...]:
    dossier = Dossier(case=case or closed(), evidence=files)
    return file_terms(dossier, parts, seen=seen(dossier, parts), zone=SHANGHAI)


def seen(dossier: Dossier, parts: IntakeSection) -> dict[str, object]:
    return context(dossier, parts, actor=SYSTEM, now=CLOSED)


def until(parts: IntakeSection, file: Evidence, case: Case | None = None) -> tuple[str | None, date | None]:
    [found] = terms_of(parts, file, case=case)
    running = found.deciding
    return (running.rule.id, running.until) if running is not None else (None, None)


@pytest.mark.parametrize(
    ("keep", "ends"),
    [
        ((90, "day"), "2026-02-28"),
        ((3, "month"), "2026-02-28"),  # the 30th of February is its last day
        ((1, "year"), "2026-11-30"),
        ((10, "year"), "2035-11-30"),
        ((2, "week"), "2025-12-14"),
    ],
)
def test_the_time_counts_from_the_local_day_of_the_milestone(keep: tuple[int, str], ends: str) -> None:
    parts = section(term("all", *keep))
    assert until(parts, a_file()) == ("all", date.fromisoformat(ends))
    after_midnight = closed(at=CLOSED + timedelta(minutes=30))  # 1 December here
    assert until(section(term("all", 1, "month")), a_file(), after_midnight) == ("all", date(2026, 1, 1))


def test_with_evidence_added_it_counts_from_the_filing_of_each_file() -> None:
    parts = section(term("all", 30, "day", **{"from": "evidence.added"}))
    late = a_file("agreement", added_at=datetime(2025, 6, 1, 16, tzinfo=UTC))  # 2 June here
    assert [each.deciding.until for each in terms_of(parts, a_file(), late) if each.deciding] == [
        date(2025, 7, 1),
        date(2025, 7, 2),
    ]


ALL = term("all", 5, "year")
OF_TYPE = term("of_type", 2, "year", case_types=["shortage"])
REFUSED = term("refused", 1, "year", when="facts.outcome == 'refused'")
REFUSED_OF_TYPE = term("refused_of_type", 6, "month", when="facts.outcome == 'refused'", case_types=["shortage"])
PHOTOS = term("photos", 90, "day", kinds=["photo"])
PHOTOS_PAID = term("photos_paid", 10, "year", kinds=["photo"], when="facts.outcome == 'paid'")


@pytest.mark.parametrize(
    ("rules", "outcome", "decides"),
    [
        ([ALL], None, "all"),
        ([ALL, OF_TYPE], None, "of_type"),
        ([ALL, OF_TYPE, REFUSED], "refused", "refused"),
        ([ALL, OF_TYPE, REFUSED], "paid", "of_type"),
        ([ALL, OF_TYPE, REFUSED, REFUSED_OF_TYPE], "refused", "refused_of_type"),
        ([ALL, OF_TYPE, REFUSED, REFUSED_OF_TYPE, PHOTOS], "refused", "photos"),
        ([ALL, PHOTOS, PHOTOS_PAID], "paid", "photos_paid"),
        ([ALL, PHOTOS, PHOTOS_PAID], "refused", "photos"),
        ([term("agreements", 1, "day", kinds=["agreement"])], None, None),
        ([term("delays", 1, "day", case_types=["delay"])], None, None),
    ],
)
@pytest.mark.parametrize("backwards", [False, True])
def test_the_most_specific_rule_decides_wherever_it_stands(
    rules: list[dict[str, Any]], outcome: str | None, decides: str | None, backwards: bool
) -> None:
    """Kinds before an outcome, an outcome before a type of case, whatever is longer."""
    ordered = rules[::-1] if backwards else rules
    assert until(section(*ordered), a_file(), closed(outcome=outcome))[0] == decides


def test_of_equally_specific_rules_the_longer_decides_and_of_equally_long_ones_the_first() -> None:
    short = term("short", 1, "year", when="facts.outcome == 'paid'")
    long = term("long", 13, "month", when="facts.outcome != null")
    same = term("same", 395, "day", when="facts.outcome in ['paid', 'part']")  # 2026-12-30 too
    paid = closed(outcome="paid")
    assert until(section(short, long), a_file(), paid) == ("long", date(2026, 12, 30))
    assert until(section(same, long), a_file(), paid) == ("same", date(2026, 12, 30))
    [found] = terms_of(section(ALL, short, long, REFUSED), a_file(), case=paid)
    assert [(each.rule.id, each.place) for each in found.rules] == [
        ("all", "less_specific"), ("short", "ends_earlier"), ("long", "decides"), ("refused", "does_not_apply"),
    ]  # fmt: skip


def test_a_term_that_has_not_begun_ends_after_all_others() -> None:
    signed = term("signed", 1, "day", when="facts.outcome == 'paid'", **{"from": "agreement.signed"})
    paid = term("paid", 10, "year", when="facts.outcome == 'paid'")
    case = closed(outcome="paid")
    assert until(section(paid, signed), a_file(), case) == ("signed", None)
    assert next_erasure(terms_of(section(paid, signed), a_file(), case=case), case, section(), zone=SHANGHAI) is None


def test_a_condition_that_cannot_be_computed_keeps() -> None:
    broken = term("broken", 1, "day", kinds=["photo"], when="upper(facts.outcome) == 'PAID'")
    assert until(section(ALL, broken), a_file()) == ("broken", None)
    assert until(section(ALL, broken), a_file(), closed(outcome="paid")) == ("broken", date(2025, 12, 1))


def test_the_first_end_is_the_local_midnight_and_the_second_before_nothing_is_over() -> None:
    parts = section(ALL, PHOTOS)
    found = terms_of(parts, a_file(), a_file("agreement"))
    at = datetime(2026, 2, 27, 16, tzinfo=UTC)  # 28 February, 00:00 here
    assert next_erasure(found, closed(), parts, zone=SHANGHAI) == at
    before, then = ((at + timedelta(seconds=s)).astimezone(SHANGHAI).date() for s in (-1, 0))
    assert over(found, today=before) == ()
    assert [each.file.kind for each in over(found, today=then)] == ["photo"]
    erasure = erasure_of(found[0], now=at)
    assert erasure == Erasure(
        rule="photos", label=found[0].rules[1].rule.label, cite="TB-15 §photos", kept_since=CLOSED,
        until=date(2026, 2, 28), erased_at=at,
    )  # fmt: skip
    gone = terms_of(parts, a_file(erasure=erasure), a_file("agreement"))
    assert over(gone, today=then) == ()
    assert next_erasure(gone, closed(), parts, zone=SHANGHAI) == datetime(2030, 11, 29, 16, tzinfo=UTC)


@pytest.mark.parametrize("changes", [{"status": "open"}, {"is_purged": True}])
def test_nothing_of_a_case_that_is_handled_or_purged_is_due(changes: dict[str, Any]) -> None:
    parts, case = section(PHOTOS), replace(closed(), **changes)
    assert next_erasure(terms_of(parts, a_file(), case=case), case, parts, zone=SHANGHAI) is None


CASES = (
    term("refused", 1, "year", when="facts.outcome == 'refused'"),
    term("paid", 10, "year", when="facts.outcome == 'paid'", hold_when="facts.lawsuit == true"),
    term("others", 3, "year"),
)


@pytest.mark.parametrize(
    ("outcome", "decides", "ends"),
    [("refused", "refused", "2026-11-30"), ("paid", "paid", "2035-11-30"), ("advice", "others", "2028-11-30")],
)
def test_a_case_is_kept_by_its_outcome(outcome: str, decides: str, ends: str) -> None:
    parts, case = section(cases=CASES), closed(outcome=outcome)
    dossier = Dossier(case=case)
    found = deciding(case_rules(dossier, parts, seen=seen(dossier, parts), zone=SHANGHAI))
    assert found is not None
    assert (found.rule.id, found.until) == (decides, date.fromisoformat(ends))


def test_a_hold_wins_over_the_rule_that_decides() -> None:
    parts = section(cases=CASES)
    for lawsuit, held in ((True, "paid"), (False, None)):
        dossier = Dossier(case=closed(outcome="refused", lawsuit=lawsuit))
        found = holding(dossier.case, parts, seen=seen(dossier, parts))
        assert (found.id if found else None) == held


def test_a_hold_that_cannot_be_computed_holds() -> None:
    parts = section(cases=(term("all", 1, "day", hold_when="upper(facts.outcome) == 'PAID'"),))
    dossier = Dossier(case=closed())
    assert holding(dossier.case, parts, seen=seen(dossier, parts)) is not None


@pytest.mark.parametrize(
    ("now", "refusal"),
    [
        (datetime(2027, 11, 29, 15, 59, 59, tzinfo=UTC), ("retention_not_over", {"purgeable_on": "2027-11-30"})),
        (datetime(2027, 11, 29, 16, tzinfo=UTC), None),
    ],
)
def test_a_purge_waits_for_the_files_that_are_kept_longer(
    now: datetime, refusal: tuple[str, dict[str, Any]] | None
) -> None:
    """The refused case itself might go a year after it was closed; its agreement is kept for two."""
    agreements = term("agreements", 2, "year", kinds=["agreement"])
    parts = section(agreements, PHOTOS, cases=CASES)
    dossier = Dossier(case=closed(outcome="refused"), evidence=(a_file(), a_file("agreement")))
    assert [each.file.kind for each in waiting_for_files(terms_of(parts, *dossier.evidence))] == ["agreement", "photo"]
    asked = PurgeRequest(actor=MANAGER, now=now, zone=SHANGHAI, seen=seen(dossier, parts))
    found = retention_status(dossier, parts, asked)
    assert found is not None
    assert (found.rule.id, found.purgeable_on) == ("refused", date(2027, 11, 30))
    assert (found.refusal and (found.refusal.code, found.refusal.fields)) == refusal


AFTER = term("after", 30, "day", after="files")
GONE = Erasure(
    rule="agreements", label=Text(zh="合同", en="agreements"), cite="TB-15", kept_since=CLOSED, until=date(2027, 11, 30),
    erased_at=datetime(2027, 11, 30, tzinfo=UTC),
)  # fmt: skip


@pytest.mark.parametrize(
    ("files", "first"),
    [
        ((a_file(), a_file("agreement")), "2027-12-30"),  # the agreement's two years end on 30 November 2027
        ((a_file(), a_file("agreement", erasure=GONE)), "2027-12-30"),
        ((a_file(),), "2026-03-30"),  # the photo's 90 days end on 28 February 2026
        ((), "2025-12-30"),
    ],
)
def test_the_time_of_a_case_begins_when_the_last_term_of_its_files_is_over(
    files: tuple[Evidence, ...], first: str
) -> None:
    parts = section(term("agreements", 2, "year", kinds=["agreement"]), PHOTOS, cases=(AFTER,))
    dossier = Dossier(case=closed(), evidence=files)
    day = date.fromisoformat(first)
    midnight = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).astimezone(UTC)

    def refused(now: datetime) -> str | None:
        found = retention_status(
            dossier, parts, PurgeRequest(actor=MANAGER, now=now, zone=SHANGHAI, seen=seen(dossier, parts))
        )
        assert found is not None
        assert found.purgeable_on == day
        return found.refusal.code if found.refusal is not None else None

    assert refused(midnight - timedelta(seconds=1)) == "retention_not_over"
    assert refused(midnight) is None


def test_the_time_of_a_case_does_not_begin_while_the_term_of_a_file_has_no_end() -> None:
    signed = term("signed", 1, "day", kinds=["agreement"], **{"from": "agreement.signed"})
    parts = section(signed, cases=(AFTER,))
    dossier = Dossier(case=closed(), evidence=(a_file("agreement"),))
    asked = PurgeRequest(actor=MANAGER, now=CLOSED + timedelta(days=9999), zone=SHANGHAI, seen=seen(dossier, parts))
    found = retention_status(dossier, parts, asked)
    assert found is not None
    assert found.purgeable_on is None
    assert found.refusal is not None
    assert (found.refusal.code, found.refusal.fields["from"]) == ("retention_not_begun", "agreement.signed")


def test_a_purge_waits_for_a_file_whose_time_has_not_begun() -> None:
    signed = term("signed", 1, "day", kinds=["agreement"], **{"from": "agreement.signed"})
    parts = section(signed, cases=CASES)
    dossier = Dossier(case=closed(outcome="refused"), evidence=(a_file("agreement"),))
    asked = PurgeRequest(actor=MANAGER, now=CLOSED + timedelta(days=9999), zone=SHANGHAI, seen=seen(dossier, parts))
    found = retention_status(dossier, parts, asked)
    assert found is not None
    assert found.refusal is not None
    assert (found.refusal.code, found.refusal.fields["from"]) == ("retention_not_begun", "agreement.signed")


def test_two_rules_that_say_the_same_of_the_same_files_are_a_fault() -> None:
    twice = [message for _, message in errors(section(PHOTOS, PHOTOS | {"id": "again"}))]
    assert twice == [
        "photo of shortage is kept by photos already; name an outcome: `when`",
        "photo of delay is kept by photos already; name an outcome: `when`",
    ]
    assert list(errors(section(ALL, OF_TYPE, REFUSED, PHOTOS, PHOTOS_PAID))) == []
