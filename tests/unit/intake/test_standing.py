"""Rows of standing facts become records or refusals; whose a fact is and what it is, as expressions see it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.intake.standing.rules import (
    Asked,
    InEffect,
    Known,
    Reading,
    Readings,
    Record,
    StandingFactUnfit,
    Stated,
    Subject,
    decided,
    instant_meant,
    kept,
    seen_as,
    subject_of,
    value_of,
)
from shared.packs.intake.model.standing import StandingFact

JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
CLASS = Subject(kind="customer", subject="C-1", name="class")
THEIRS = Asked(subject="C-1", as_of=JANUARY)
NEW = Known(last_revision=0, same_start=None)


def a_fact(**more: Any) -> StandingFact:
    written = {"id": "class", "label": {"zh": "级", "en": "Class"}, "of": "customer", "type": "text", "cite": "X-1 s.1"}
    return StandingFact.parse(written | more)


def stated(value: Any, **more: Any) -> Stated:
    return Stated(**{"of": CLASS, "value": value, "valid_from": JANUARY, **more})


def test_the_last_of_the_allowed_records_is_recorded_and_the_next_refused() -> None:
    known = {(CLASS, JANUARY): Known(last_revision=999, same_start=None)}
    results, records = decided([stated("a"), stated("b"), stated("a")], known, [])

    assert [(each.outcome, each.revision, each.code) for each in results] == [
        ("recorded", 1000, None),
        ("refused", None, "too_many_records"),
        ("unchanged", 1000, None),
    ]
    assert [record.revision for record in records] == [1000]


def test_a_record_that_was_withdrawn_may_be_stated_again() -> None:
    withdrawn = Record(stated=stated(None, is_withdrawn=True), revision=2)
    results, _ = decided(
        [stated("a"), stated("a")], {(CLASS, JANUARY): Known(last_revision=2, same_start=withdrawn)}, []
    )

    assert [(each.outcome, each.revision) for each in results] == [("recorded", 3), ("unchanged", 3)]


def test_another_end_is_another_record() -> None:
    known = {(CLASS, JANUARY): Known(last_revision=1, same_start=Record(stated=stated("a"), revision=1))}
    results, _ = decided([stated("a", valid_until=JANUARY + timedelta(days=1))], known, [])

    assert results[0].outcome == "recorded"


def test_a_row_is_judged_by_every_pack_that_reads_the_name() -> None:
    packs = [a_fact(), a_fact(id="grade", name="class", type="integer"), a_fact(of="product", key="facts.x")]
    results, records = decided([stated("a"), stated(3)], {(CLASS, JANUARY): NEW}, packs)

    assert [each.code for each in results] == ["value_unfit", "value_unfit"]
    assert records == []


@pytest.mark.parametrize(
    ("key", "subject"),
    [
        (None, "C-9"),
        ("facts.product", "X-1"),
        ("facts.number", "7"),
        ("facts.missing", None),
        ("facts.missing + 1", None),
        ("facts.half", None),
        ("facts.long", None),
        ("facts.empty", None),
        ("facts.colours", None),
    ],
)
def test_whose_it_is(key: str | None, subject: str | None) -> None:
    fact = a_fact(**({} if key is None else {"key": key}))
    facts = {"product": "X-1", "number": 7, "half": 0.5, "long": "x" * 201, "empty": "", "colours": ["red"]}
    assert subject_of(fact, {"facts": facts}, customer="C-9") == subject


def test_its_value_is_the_record_or_the_default_or_null() -> None:
    instant = InEffect(value="2026-03-01T08:00:00+08:00", valid_from=JANUARY, revision=4)
    assert value_of(a_fact(type="instant"), THEIRS, instant) == "2026-03-01T00:00:00Z"
    assert value_of(a_fact(otherwise="none"), THEIRS, None) == "none"
    assert value_of(a_fact(type="list", otherwise=["a"]), THEIRS, None) == ["a"]
    assert value_of(a_fact(), THEIRS, None) is None
    assert value_of(a_fact(otherwise="none"), Asked(subject=None, as_of=JANUARY), None) is None
    assert value_of(a_fact(otherwise="none"), Asked(subject="C-1", as_of=None), None) is None


@pytest.mark.parametrize(
    ("as_of", "instant"),
    [
        (None, "2026-03-05T01:00:00+00:00"),
        ("facts.fault_on", "2026-02-28T16:00:00+00:00"),
        ("facts.seen_at", "2026-03-01T02:30:00+00:00"),
        ("addDays(facts.fault_on, 1)", "2026-03-01T16:00:00+00:00"),
        ("facts.missing", None),
        ("facts.missing + 1", None),
        ("facts.number", None),
        ("facts.word", None),
        ("facts.local", None),
        ("facts.early", None),
    ],
)
def test_the_instant_that_is_meant(as_of: str | None, instant: str | None) -> None:
    fact = a_fact(**({} if as_of is None else {"as_of": as_of}))
    facts = {"fault_on": "2026-03-01", "seen_at": "2026-03-01T10:30:00+08:00", "number": 7, "word": "soon"}
    facts |= {"local": "2026-03-01T10:30:00", "early": "0001-01-01"}
    at = datetime(2026, 3, 5, 1, tzinfo=UTC)
    found = instant_meant(fact, {"facts": facts}, at=at, zone=ZoneInfo("Asia/Shanghai"))
    assert (found and found.astimezone(UTC).isoformat()) == instant


@pytest.mark.parametrize(("written", "value"), [({"type": "integer"}, "7"), ({"type": "boolean"}, 1), ({}, "  ")])
def test_a_value_of_another_type_refuses(written: dict[str, Any], value: Any) -> None:
    with pytest.raises(StandingFactUnfit) as refused:
        value_of(a_fact(**written), THEIRS, InEffect(value=value, valid_from=JANUARY, revision=1))
    assert (refused.value.cite, refused.value.fields["standing"]) == ("X-1 s.1", "class")


def test_what_is_kept_tells_the_record() -> None:
    record = InEffect(value=5, valid_from=JANUARY, revision=2)
    found = Reading(subject="C-1", record=record, value=5, as_of=JANUARY, known_at=JANUARY + timedelta(days=9))
    readings = Readings(at=JANUARY, of={"class": found})

    assert seen_as(readings) == {"class": 5}
    instant = "2026-01-01T00:00:00Z"
    assert kept(readings)["class"] == {
        "subject": "C-1",
        "value": 5,
        "valid_from": instant,
        "revision": 2,
        "as_of": instant,
        "known_at": "2026-01-10T00:00:00Z",
    }
