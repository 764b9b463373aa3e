"""How many cases a sample draws and which, worked out by hand from the rule; what is done with each of them."""

import hashlib
from decimal import Decimal
from typing import Any

import pytest

from services.intake.samples.rules import (
    DrawnByLaterRule,
    Member,
    SampleTooLarge,
    draw,
    opening,
    rank,
    seed_of,
    strata_of,
    wanted_of,
)
from shared.packs.intake.model.recurring import Sample
from shared.packs.intake.model.samples import Drawing, SampleRule
from shared.packs.intake.model.section import IntakeSection
from shared.packs.publishing.registry import errors
from tests.unit.intake.builders import small_document, text

SEED = seed_of("o", "p", "audit", "2026-Q1")


def cases(count: int, *strata: str) -> list[Member]:
    """As many cases; the n-th has the n-th of the strata, in turn, or none."""
    return [
        Member(case_id=f"id-{n:04d}", number=f"C-{n:04d}", strata=(strata[n % len(strata)],) if strata else ())
        for n in range(count)
    ]


@pytest.mark.parametrize(
    ("population", "drawing", "wanted"),
    [
        (137, {"rate": "0.20"}, 28),  # 27.4
        (137, {"rate": "0.20", "rounding": "down"}, 27),
        (25, {"rate": "0.10"}, 3),  # 2.5
        (10, {"rate": "0.10"}, 1),  # exactly one
        (10, {"rate": "0.10", "rounding": "down"}, 1),
        (11, {"rate": "0.10"}, 2),  # 1.1
        (9, {"rate": "0.10", "rounding": "down"}, 0),  # 0.9
        (1, {"rate": "0.01"}, 1),
        (0, {"rate": "0.20"}, 0),
        (137, {"rate": "1"}, 137),
        (40, {"rate": "0.10", "least": 5}, 5),  # 4 by the share
        (50, {"rate": "0.10", "least": 5}, 5),
        (51, {"rate": "0.10", "least": 5}, 6),  # 5.1
        (4, {"rate": "0.10", "least": 5}, 4),  # all
        (0, {"least": 5}, 0),
        (500, {"rate": "0.10", "most": 50}, 50),
        (501, {"rate": "0.10", "most": 50}, 50),  # 51 by the share
        (499, {"rate": "0.10", "most": 50}, 50),  # 49.9
        (490, {"rate": "0.10", "most": 50}, 49),
        (100, {"each": "facts.topic"}, 0),
    ],
)
def test_the_number_is_the_share_rounded_within_its_bounds(
    population: int, drawing: dict[str, Any], wanted: int
) -> None:
    assert wanted_of(Drawing.parse(drawing), population) == wanted


def test_the_seed_and_the_rank_are_hashes_that_others_can_work_out() -> None:
    assert hashlib.sha256(b"o\np\naudit\n2026-Q1").hexdigest() == SEED
    assert rank(SEED, "id-1") == hashlib.sha256(bytes.fromhex(SEED) + b"id-1").digest()


def test_those_with_the_lowest_rank_are_drawn_whatever_order_they_come_in() -> None:
    members, tenth = cases(137), Drawing.parse({"rate": "0.20"})
    drawn = draw(members, tenth, seed=SEED)
    ranked = sorted(members, key=lambda m: hashlib.sha256(bytes.fromhex(SEED) + m.case_id.encode()).hexdigest())
    assert drawn.numbers == sorted(member.number for member in ranked[:28])
    assert (drawn.population, drawn.wanted, drawn.strata, drawn.seed) == (137, 28, 0, SEED)
    assert draw([*reversed(members), members[0]], tenth, seed=SEED) == drawn
    assert draw(members, tenth, seed=seed_of("o", "p", "audit", "2026-Q2")).numbers != drawn.numbers


def test_at_least_one_of_each_and_the_rest_by_rank() -> None:
    """DR-16: of four topics, 20 % of 20 are 4, one of each at least: the lowest rank of each topic is among them."""
    members = [*cases(17, "repair"), *(Member(case_id=f"x-{t}", number=f"X-{t}", strata=(t,)) for t in "abc")]
    drawn = draw(members, Drawing.parse({"rate": "0.20", "each": "facts.topic"}), seed=SEED)
    assert (drawn.wanted, drawn.strata, len(drawn.members)) == (4, 4, 4)
    assert {"X-a", "X-b", "X-c"} < set(drawn.numbers)
    repair = min(cases(17), key=lambda member: rank(SEED, member.case_id))
    assert set(drawn.numbers) == {"X-a", "X-b", "X-c", repair.number}


def test_each_adds_to_what_the_share_and_its_bound_want() -> None:
    members = cases(10, "a", "b", "c", "d", "e")
    drawn = draw(members, Drawing.parse({"rate": "0.10", "most": 1, "each": "facts.topic"}), seed=SEED)
    assert (drawn.wanted, drawn.strata, len(drawn.members)) == (1, 5, 5)
    assert sorted(member.strata[0] for member in drawn.members) == ["a", "b", "c", "d", "e"]


def test_a_case_with_several_values_stands_for_each_and_one_without_is_drawn_by_the_share_alone() -> None:
    both = Member(case_id="id-both", number="C-both", strata=("a", "b"))
    none = Member(case_id="id-none", number="C-none")
    each = Drawing.parse({"each": "facts.topics"})
    assert draw([both, none], each, seed=SEED).numbers == ["C-both"]
    assert draw([both, none], Drawing.parse({"rate": "1", "each": "facts.topics"}), seed=SEED).numbers == [
        "C-both",
        "C-none",
    ]


@pytest.mark.parametrize(
    ("facts", "strata"),
    [
        ({"topic": "repair"}, ("repair",)),
        ({"topic": ["repair", "desk", "repair"]}, ("repair", "desk")),
        ({"topic": []}, ()),
        ({"topic": True}, ("true",)),
        ({}, ()),
    ],
)
def test_the_values_of_a_case(facts: dict[str, object], strata: tuple[str, ...]) -> None:
    assert strata_of(Drawing.parse({"each": "facts.topic"}), {"facts": facts}) == strata
    assert strata_of(Drawing.parse({"rate": "0.1"}), {"facts": facts}) == ()


def test_a_draw_has_bounds() -> None:
    everything = Drawing.parse({"rate": "1"})
    assert len(draw(cases(2_000), everything, seed=SEED).members) == 2_000
    with pytest.raises(SampleTooLarge) as refused:
        draw(cases(2_001), everything, seed=SEED)
    assert refused.value.fields == {"most_drawn": 2_000}
    each = Drawing.parse({"each": "facts.topic"})
    assert len(draw(cases(200, *(f"t{n}" for n in range(200))), each, seed=SEED).members) == 200
    with pytest.raises(SampleTooLarge) as refused:
        draw(cases(201, *(f"t{n}" for n in range(201))), each, seed=SEED)
    assert refused.value.fields == {"most_values": 200}


RULE: dict[str, Any] = {
    "id": "reviews", "label": text("抽查"), "cite": "DR-16 Art.3", "every": "quarter",
    "from": {"case_types": ["shortage"], "reached": "case.closed"}, "rate": "0.20", "by": "manager",
    "opens": {"relation": "review", "case_type": "review", "facts": {"period": "period.label"}},
}  # fmt: skip
STEP = {key: value for key, value in RULE.items() if key != "opens"} | {"step": "reply"}


def section(rule: dict[str, Any]) -> IntakeSection:
    review = {
        "id": "review", "label": text("复核"), "cite": "DR-16 Art.3", "number": "R-{seq:3}", "initial": "open",
        "channels": ["internal"], "requires": ["period"],
    }  # fmt: skip
    document = small_document()
    return IntakeSection.parse(
        document
        | {
            "case_types": [*document["case_types"], review],
            "facts": [*document["facts"], {"id": "period", "label": text("期间"), "type": "text"}],
            "steps": [
                {
                    "id": "reply",
                    "label": text("复核"),
                    "cite": "DR-16 Art.3",
                    "case_types": ["shortage"],
                    "from": ["done"],
                    "roles": ["manager"],
                }
            ],
            "samples": [rule],
        }
    )


def test_the_case_that_is_opened_for_a_drawn_one() -> None:
    parts = section(RULE)
    found = opening(parts.samples[0], parts, seen={"period": {"label": "2026-Q1"}, "facts": {}})
    assert found is not None
    assert (found.relation, found.case_type, found.owner, found.cite) == ("review", "review", "manager", "DR-16 Art.3")
    assert found.facts == {"period": "2026-Q1"}
    assert parts.relations == {"review"}


def test_a_drawn_case_of_a_version_without_what_is_asked_is_refused() -> None:
    before = IntakeSection.parse(small_document())
    with pytest.raises(DrawnByLaterRule):
        opening(SampleRule.parse(RULE), before, seen={"period": {"label": "2026-Q1"}})
    with pytest.raises(DrawnByLaterRule):
        opening(SampleRule.parse(STEP | {"step": "inspect"}), before, seen={})


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (RULE | {"step": "reply"}, "a drawn case is given to the role either as `opens` or as `step`"),
        ({k: v for k, v in RULE.items() if k != "opens"}, "a drawn case is given to the role either as"),
        ({k: v for k, v in RULE.items() if k != "rate"}, "says not how many are drawn"),
        (RULE | {"least": 5, "most": 4}, "nothing is at least 5 and at most 4"),
        ({k: v for k, v in RULE.items() if k != "rate"} | {"least": 1, "most": 4}, "bounds what `rate` draws"),
        (RULE | {"opens": {"relation": "review", "case_type": "review"}}, "is opened with period"),
        (RULE | {"opens": {"relation": "parent", "case_type": "review"}}, "parent is what the linked case calls"),
        (RULE | {"opens": {"relation": "review", "case_type": "delay"}}, "must name internal"),
        (STEP | {"by": "courier"}, "courier may not take reply"),
        (STEP | {"from": {"case_types": ["delay"], "reached": "case.closed"}}, "reply is no step of delay"),
        (STEP | {"from": RULE["from"] | {"statuses": ["filed"]}}, "reply is never taken where the drawn cases stand"),
    ],
)
def test_a_sample_of_which_nothing_comes_is_a_fault(rule: dict[str, Any], message: str) -> None:
    assert any(message in said for _, said in errors(section(rule))), list(errors(section(rule)))


def test_a_good_sample_has_no_fault() -> None:
    assert list(errors(section(RULE))) == []
    assert list(errors(section(STEP | {"from": RULE["from"] | {"statuses": ["done"]}}))) == []


@pytest.mark.parametrize("rate", ["0", "-0.1", "1.01"])
def test_a_rate_is_a_share(rate: str) -> None:
    with pytest.raises(ValueError, match="rate"):
        Sample.parse({"case_types": ["shortage"], "reached": "case.closed", "rate": rate, "into": "drawn"})
    assert Drawing.parse({"rate": "1"}).rate == Decimal(1)
