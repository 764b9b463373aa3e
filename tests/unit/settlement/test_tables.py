"""Table inputs and further figures: amounts by hand from the freight and damage rules, and what is refused."""

import copy
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from services.settlement.calculation.rules.errors import AmountNotPositive, InputsInvalid
from services.settlement.calculation.rules.formula import compute
from services.settlement.calculation.rules.quote import Quote, make_quote, require_fresh
from services.settlement.remedies.store.quotes import from_json, to_json
from shared.kernel.money import Money
from shared.packs.language.expression import Expression
from shared.packs.publishing.registry import errors
from shared.packs.settlement.model.section import SettlementSection
from tests.support.freight import LINES, freight_document, freight_rule, line
from tests.support.sections import checked
from tests.support.settlement import a_case, documents

Bend = Callable[[dict[str, Any]], None]


def _subsidy(rate: str, *lines: dict[str, Any]) -> Quote:
    return make_quote(freight_rule("freight_subsidy"), case=a_case(), raw={"rate": rate, "lines": list(lines)})


def _damage(mode: str, *, damage: str, freight: str) -> tuple[int, dict[str, str]]:
    raw = {"damage": damage, "freight": freight}
    quote = make_quote(freight_rule(f"damage_{mode}"), case=a_case(), raw=raw)
    return quote.amount.minor, {figure.id: figure.value for figure in quote.figures}


def _faults(*lines: Any) -> dict[str, Any]:
    with pytest.raises(InputsInvalid) as refused:
        _subsidy("650", *lines)
    return refused.value.fields


@pytest.mark.parametrize(
    ("rate", "lines", "minor"),
    [
        ("650", [line("decoration", "5")], 25_000),
        ("600", [line("decoration", "5")], 0),
        ("599", [line("decoration", "5")], 0),
        ("600.01", [line("decoration", "5")], 5),
        ("650", [line("adhesive", "2"), line("furniture", "3")], 15_000),
        ("650", [line("adhesive", "2"), line("engineering", "3")], 0),
        ("650", [line("wood", "1", low_value=True), line("wood", "3")], 0),  # 25 %
        ("650", [line("wood", "1", low_value=True), line("wood", "4")], 25_000),  # 20 %
        ("650", [line("latex", "40", low_value=True), line("latex", "60")], 500_000),  # 40 %
        ("650", [line("latex", "41", low_value=True), line("latex", "59")], 0),  # 41 %
        ("650", [line("latex", "1", low_value=True), line("furniture", "2")], 10_000),  # only its own category
    ],
)
def test_freight_above_600_a_tonne_is_subsidised_for_eligible_lines(
    rate: str, lines: list[dict[str, Any]], minor: int
) -> None:
    assert _subsidy(rate, *lines).amount == Money(minor=minor)


def test_every_step_over_the_rows_is_shown() -> None:
    quote = _subsidy("650", line("adhesive", "2"), line("wood", "1", low_value=True), line("wood", "4.5"))
    assert [(step.id, step.value) for step in quote.trace.steps] == [
        ("low_value_latex", "0"),
        ("low_value_wood", "18." + "18" * 13),
        ("eligible_tonnes", "5.5"),
        ("subsidy", "275.00"),
        ("freight", "4875.00"),
    ]
    assert [(each.id, each.value, each.amount, each.unit) for each in quote.figures] == [
        ("eligible_tonnes", "5.5", None, "t"),
        ("freight", "4875.00", Money(minor=487_500), None),
    ]
    assert quote.figures[1].label.zh == "运费"


@pytest.mark.parametrize(
    ("mode", "damage", "slip", "figures"),
    [
        ("remainder", "2500", 160_000, {"deducted": "900.00", "customer_pays": "0.00"}),
        ("remainder", "900.01", 1, {"deducted": "900.00", "customer_pays": "0.00"}),
        ("remainder", "900", 0, {"deducted": "900.00", "customer_pays": "0.00"}),
        ("remainder", "300", 0, {"deducted": "300.00", "customer_pays": "600.00"}),
        ("whole", "2500", 250_000, {"deducted": "0.00", "customer_pays": "900.00"}),
        ("whole", "900.01", 90_001, {"deducted": "0.00", "customer_pays": "900.00"}),
        ("whole", "900", 0, {"deducted": "900.00", "customer_pays": "0.00"}),
        ("whole", "300", 0, {"deducted": "300.00", "customer_pays": "600.00"}),
    ],
)
def test_damage_is_deducted_from_a_freight_of_900(mode: str, damage: str, slip: int, figures: dict[str, str]) -> None:
    assert _damage(mode, damage=damage, freight="900") == (slip, figures)


def test_zero_is_recorded_only_where_the_rule_says_so() -> None:
    rule = freight_rule("damage_remainder")
    raw = {"damage": "300", "freight": "900"}
    assert make_quote(rule, case=a_case(), raw=raw).is_nothing_to_pay
    with pytest.raises(AmountNotPositive):
        make_quote(rule.model_copy(update={"zero": "refused"}), case=a_case(), raw=raw)
    below = rule.steps[2].model_copy(update={"formula": Expression("0 - inputs.damage")})
    with pytest.raises(AmountNotPositive):
        make_quote(rule.model_copy(update={"steps": (*rule.steps[:2], below)}), case=a_case(), raw=raw)


def test_faults_of_rows_are_told_with_their_place() -> None:
    wrong = [
        {"category": "adhesiv", "tonnes": "1", "low_value": False},
        {"category": "wood", "tonnes": "-1", "low_value": 1, "colour": "red"},
        {"category": "wood", "tonnes": True},
        "wood",
    ]
    assert _faults(*wrong) == {
        "lines[0].category": "not_a_choice",
        "lines[1].colour": "unknown",
        "lines[1].tonnes": "below_minimum 0",
        "lines[1].low_value": "not_true_or_false",
        "lines[2].tonnes": "not_a_decimal",
        "lines[2].low_value": "required",
        "lines[3]": "not_a_row",
    }


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (None, "required"),
        ([], "required"),
        ("wood", "not_rows"),
        (5, "not_rows"),
        ({"category": "wood"}, "not_rows"),
        ([line("wood", "1")] * 201, "too_many_rows 200"),
    ],
)
def test_what_is_no_table_is_refused(given: Any, why: str) -> None:
    with pytest.raises(InputsInvalid) as refused:
        make_quote(freight_rule("freight_subsidy"), case=a_case(), raw={"rate": "650", "lines": given})
    assert refused.value.fields == {"lines": why}


def test_two_hundred_rows_are_a_table_and_a_table_is_no_single_value() -> None:
    assert _subsidy("650", *[line("wood", "1")] * 200).amount.minor == 200 * 5_000
    with pytest.raises(InputsInvalid) as refused:
        make_quote(freight_rule("freight_subsidy"), case=a_case(), raw={"rate": [line("wood", "1")], "lines": []})
    assert refused.value.fields == {"rate": "not_a_decimal", "lines": "required"}


def test_many_faults_of_a_table_are_cut() -> None:
    assert len(_faults(*[line("wood", "-1")] * 200)) == 50


def test_storing_loses_nothing_and_explaining_is_computing_again() -> None:
    quote = _subsidy("650", line("wood", "4.50") | {"note": "二"}, line("adhesive", "2", low_value=True))
    again = from_json(to_json(quote))
    assert again == quote
    assert again.trace.inputs[1].value == (
        {"category": "wood", "tonnes": Decimal("4.5"), "low_value": False, "note": "二"},
        {"category": "adhesive", "tonnes": Decimal(2), "low_value": True, "note": None},
    )
    assert compute(freight_rule("freight_subsidy"), again.trace.inputs) == quote.trace
    require_fresh(again, remedy=freight_rule("freight_subsidy"), case=a_case(), shown=quote.quote_hash)


def test_a_quote_stored_before_there_were_figures_is_read() -> None:
    stored = to_json(_subsidy("650", line("wood", "1")))
    del stored["figures"]
    assert from_json(stored).figures == ()


def test_the_hash_changes_with_a_cell_and_with_the_order_of_rows() -> None:
    one, two = line("wood", "1"), line("furniture", "2")
    hashes = [_subsidy("650", *rows).quote_hash for rows in ([one, two], [two, one], [one, line("furniture", "2.5")])]
    assert len(set(hashes)) == 3
    assert _subsidy("650", one, line("furniture", "2.0")).quote_hash == hashes[0]


def _subsidy_of(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["remedies"][0]
    return found


def _formula(formula: str) -> Bend:
    return lambda document: _subsidy_of(document)["steps"][2].update(formula=formula)


BENT: dict[str, Bend] = {
    "only money can come to a recorded zero": lambda d: d["remedies"].append(
        {**documents()["remedies"][2], "zero": "recorded"}
    ),
    "needs `columns`": lambda d: _subsidy_of(d)["inputs"][1].pop("columns"),
    "only a table has `columns`": lambda d: _subsidy_of(d)["inputs"][0].update(columns=LINES["columns"]),
    r"columns\[\w+\]: duplicate id": lambda d: _subsidy_of(d)["inputs"][1]["columns"].append(LINES["columns"][0]),
    "its rows are given": lambda d: _subsidy_of(d)["inputs"][1].update(taken_from="facts.lines"),
    "only text has choices": lambda d: _subsidy_of(d)["inputs"][0].update(choices=LINES["columns"][0]["choices"]),
    "only numbers have bounds": lambda d: _subsidy_of(d)["inputs"][1]["columns"][0].update(min="0"),
    "should be 'money', 'decimal'": lambda d: _subsidy_of(d)["inputs"][1]["columns"][0].update(type="table"),
    "no step `nothing`": lambda d: _subsidy_of(d)["figures"][0].update(step="nothing"),
    "two figures are the same step": lambda d: _subsidy_of(d)["figures"][0].update(step="freight"),
    "is money and has no `unit`": lambda d: _subsidy_of(d)["figures"][1].update(unit="CNY"),
}


@pytest.mark.parametrize("words", BENT)
def test_a_table_or_figure_that_does_not_hang_together_is_refused(words: str) -> None:
    document = copy.deepcopy(freight_document())
    BENT[words](document)
    with pytest.raises(ValueError, match=words):
        checked(SettlementSection, document)


@pytest.mark.parametrize(
    ("formula", "fault"),
    [
        ("sum(map(inputs.lines, #.weight))", "no `inputs.lines.#.weight`: the table has no such column"),
        ("inputs.lines[0].weight", "no `inputs.lines.#.weight`: the table has no such column"),
        ("inputs.lines.tonnes", "`inputs.lines.tonnes`: a table has rows; write `map(inputs.lines, #.tonnes)`"),
        ("inputs.rate.tonnes", "`inputs.rate.tonnes`: `inputs.rate` is one value, no table"),
        ("sum(map(inputs.rate, #.tonnes))", "`inputs.rate.#.tonnes`: `inputs.rate` is one value, no table"),
        ("sum(map([1], #.tonnes))", "`#.tonnes` is of a list without columns; go through a table input"),
        ("count(inputs.lines, #.category == 'adhesiv')", "`inputs.lines.#.category` is never 'adhesiv'"),
    ],
)
def test_a_formula_reads_only_what_rows_have(formula: str, fault: str) -> None:
    document = copy.deepcopy(freight_document())
    _formula(formula)(document)
    found = list(errors(SettlementSection.parse(document)))
    assert found == [(("remedies", 0, "steps", 2, "formula"), fault)]


def test_a_gate_reads_only_what_rows_have_also_by_name() -> None:
    document = copy.deepcopy(freight_document())
    gate = {"that": "len(filter(inputs.lines, #.colour == 'red')) == 0", "code": "red", "cite": "SK-07d P2.3"}
    gate["message"] = {"zh": "红", "en": "red"}  # type: ignore[assignment]
    document["gates"] = [*document["gates"], {"id": "not_red", **gate}]
    _subsidy_of(document)["require"] = {"quote": ["not_red"], "offer": [gate]}
    assert [path for path, _ in errors(SettlementSection.parse(document))] == [
        ("gates", len(document["gates"]) - 1, "that"),
        ("remedies", 0, "require", "offer", 0, "that"),
    ]


def test_the_freight_rules_have_no_faults() -> None:
    assert list(errors(SettlementSection.parse(freight_document()))) == []
