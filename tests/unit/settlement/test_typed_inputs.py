"""Each type of input and column: what is taken, as which value, and the words of each refusal."""

from decimal import Decimal
from typing import Any

import pytest

from services.settlement.calculation.rules.errors import InputsInvalid
from services.settlement.calculation.rules.inputs import Given, read_inputs
from shared.packs.settlement.model.inputs import Input
from tests.support.settlement import a_case, rule

REMEDY = rule("price_difference")
LABEL = {"zh": "值", "en": "Value"}
CHOICES = [{"id": "steel", "label": LABEL}, {"id": "wire", "label": LABEL}]


def an_input(kind: str, **changes: Any) -> dict[str, Any]:
    return {"id": "it", "label": LABEL, "type": kind, **changes}


def read(given: Any, *declared: dict[str, Any], currency: str = "CNY", **facts: Any) -> tuple[Given, ...]:
    """The inputs as declared, of which the caller gives the first (None: nothing)."""
    inputs = tuple(Input.parse(each) for each in declared)
    remedy = REMEDY.model_copy(update={"inputs": inputs, "currency": currency})
    return read_inputs(remedy, raw={} if given is None else {"it": given}, context=a_case(**facts).context())


def refusal(given: Any, *declared: dict[str, Any], currency: str = "CNY", **facts: Any) -> InputsInvalid:
    with pytest.raises(InputsInvalid) as refused:
        read(given, *declared, currency=currency, **facts)
    assert refused.value.cite == "LG-41 Art.41"
    return refused.value


@pytest.mark.parametrize(
    ("kind", "currency", "given", "value"),
    [
        ("money", "CNY", "0.01", "0.01"),
        ("money", "CNY", "12.500", "12.5"),
        ("money", "CNY", "-3", "-3"),
        ("money", "JPY", "1000", "1000"),
        ("money", "JPY", "1000.0", "1000"),
        ("money", "KWD", "1.234", "1.234"),
        ("money", "KWD", "1.2340", "1.234"),
        ("decimal", "JPY", "0.00000001", "0.00000001"),
        ("decimal", "JPY", "999999999999999.99999999", "999999999999999.99999999"),
        ("decimal", "CNY", 5, "5"),
        ("integer", "KWD", "12", "12"),
        ("integer", "KWD", "12.0", "12"),
        ("integer", "KWD", 12, "12"),
        ("integer", "KWD", 999999999999999, "999999999999999"),
    ],
)
def test_a_number_is_taken_with_the_decimals_of_its_type(kind: str, currency: str, given: Any, value: str) -> None:
    (found,) = read(given, an_input(kind), currency=currency)
    assert (found.value, found.source) == (Decimal(value), "given")
    assert isinstance(found.value, Decimal)


@pytest.mark.parametrize(
    ("kind", "currency", "given", "why"),
    [
        ("money", "CNY", "0.001", "too_many_decimals"),
        ("money", "JPY", "0.5", "too_many_decimals"),
        ("money", "KWD", "0.0001", "too_many_decimals"),
        ("integer", "CNY", "0.5", "not_a_whole_number"),
        ("integer", "CNY", "12.01", "not_a_whole_number"),
        ("integer", "CNY", True, "not_a_decimal"),
        ("decimal", "CNY", False, "not_a_decimal"),
        ("decimal", "CNY", "0.000000001", "not_a_decimal"),
        ("decimal", "CNY", 10**15, "not_a_decimal"),
        ("decimal", "CNY", "5\n", "not_a_decimal"),
        ("decimal", "CNY", [], "not_a_decimal"),
    ],
)
def test_a_number_of_another_form_is_refused(kind: str, currency: str, given: Any, why: str) -> None:
    assert refusal(given, an_input(kind), currency=currency).fields == {"it": why}


@pytest.mark.parametrize("words", ["a", " a ", "长" * 1000, "5", "true"])
def test_a_text_has_up_to_a_thousand_characters_and_is_kept_as_written(words: str) -> None:
    (found,) = read(words, an_input("text"))
    assert found == Given(id="it", value=words, source="given")


@pytest.mark.parametrize(
    ("given", "choices", "why"),
    [
        ("", [], "not_text"),
        (" \t\n", [], "not_text"),
        ("长" * 1001, [], "not_text"),
        (5, [], "not_text"),
        (True, [], "not_text"),
        ([], [], "not_text"),
        ("stee", CHOICES, "not_a_choice"),
        ("Steel", CHOICES, "not_a_choice"),
        ("", CHOICES, "not_text"),
    ],
)
def test_a_text_of_another_form_or_outside_its_choices_is_refused(given: Any, choices: Any, why: str) -> None:
    assert refusal(given, an_input("text", choices=choices)).fields == {"it": why}


@pytest.mark.parametrize("choice", ["steel", "wire"])
def test_every_choice_is_taken(choice: str) -> None:
    assert read(choice, an_input("text", choices=CHOICES))[0].value == choice


@pytest.mark.parametrize("answer", [True, False])
def test_both_answers_of_a_boolean_are_taken(answer: bool) -> None:
    assert read(answer, an_input("boolean")) == (Given(id="it", value=answer, source="given"),)


@pytest.mark.parametrize(
    ("given", "bounds", "why"),
    [
        ("0.49", {"min": "0.50"}, "below_minimum 0.5"),
        ("0.50", {"min": "0.50"}, None),
        ("60.01", {"max": "number(facts.quantity_t)"}, "above_maximum 60"),
        ("60.00", {"max": "number(facts.quantity_t)"}, None),
        ("10.01", {"min": "0", "max": "10.00"}, "above_maximum 10"),
        ("-0.01", {"min": "0", "max": "10.00"}, "below_minimum 0"),
    ],
)
def test_a_number_lies_within_its_bounds_which_are_part_of_them(given: str, bounds: Any, why: str | None) -> None:
    for declared, place in (
        (an_input("money", **bounds), "it"),
        (an_input("table", columns=[an_input("money", id="price", **bounds)]), "it[0].price"),
    ):
        raw: Any = given if place == "it" else [{"price": given}]
        if why is None:
            assert read(raw, declared)[0].source == "given"
        else:
            assert refusal(raw, declared).fields == {place: why}


@pytest.mark.parametrize("bound", [{"max": "number(facts.quantity_t)"}, {"min": "number(facts.quantity_t)"}])
def test_a_bound_that_the_case_does_not_know_refuses(bound: dict[str, str]) -> None:
    assert refusal("0", an_input("decimal", **bound), quantity_t=None).fields == {"it": "bound_unknown"}


@pytest.mark.parametrize(
    ("taken_from", "value"),
    [
        ("facts.quantity_t", "60"),
        ("number(facts.quantity_t) / 8", "7.5"),
        ("1 / 10000000", "0.0000001"),  # as a Decimal, Python writes 1E-7
    ],
)
def test_a_number_of_the_case_is_read_like_a_given_one(taken_from: str, value: str) -> None:
    assert read(None, an_input("decimal", taken_from=taken_from)) == (
        Given(id="it", value=Decimal(value), source="case"),
    )


@pytest.mark.parametrize(
    ("taken_from", "why"), [("facts.unknown", "required"), ("1 / 0", "required"), ("facts.origin", "not_a_decimal")]
)
def test_what_the_case_does_not_say_is_missing_and_what_it_says_wrongly_is_refused(taken_from: str, why: str) -> None:
    assert refusal(None, an_input("decimal", taken_from=taken_from)).fields == {"it": why}


def test_a_given_value_comes_before_that_of_the_case() -> None:
    assert read("1", an_input("decimal", taken_from="facts.quantity_t")) == (
        Given(id="it", value=Decimal(1), source="given"),
    )


def test_faults_of_all_inputs_are_told_in_one_sentence() -> None:
    refused = refusal("x", an_input("decimal"), an_input("money", id="price"), an_input("text", id="note"))
    assert refused.fields == {"it": "not_a_decimal", "price": "required", "note": "required"}
    assert refused.detail == "it: not_a_decimal; price: required; note: required"


COLUMNS = [
    an_input("money", id="price", required=False),
    an_input("integer", id="pieces"),
    an_input("text", id="kind", choices=CHOICES, required=False),
    an_input("boolean", id="whole", required=False),
]


def test_a_row_holds_every_column_and_null_where_nothing_is_given() -> None:
    table = an_input("table", columns=COLUMNS)
    (found,) = read([{"pieces": "3"}, {"pieces": 4, "kind": "wire", "price": "1.230", "whole": False}], table)
    assert found.rows() == found.text()
    assert found.text() == [
        {"price": None, "pieces": "3", "kind": None, "whole": None},
        {"price": "1.23", "pieces": "4", "kind": "wire", "whole": False},
    ]


def test_faults_after_a_faulty_column_are_told_too() -> None:
    table = an_input("table", columns=COLUMNS)
    refused = refusal([{"price": "x", "kind": "paper", "whole": 1}, {"pieces": None, "price": "0.001"}], table)
    assert refused.fields == {
        "it[0].price": "not_a_decimal",
        "it[0].pieces": "required",
        "it[0].kind": "not_a_choice",
        "it[0].whole": "not_true_or_false",
        "it[1].price": "too_many_decimals",
        "it[1].pieces": "required",
    }


def test_money_in_a_row_has_the_decimals_of_the_currency() -> None:
    table = an_input("table", columns=[an_input("money", id="price")])
    assert read([{"price": "0.001"}], table, currency="KWD")[0].rows() == [{"price": "0.001"}]
    assert refusal([{"price": "0.1"}], table, currency="JPY").fields == {"it[0].price": "too_many_decimals"}


def test_a_table_that_is_not_required_may_be_empty_or_left_out() -> None:
    table = an_input("table", columns=COLUMNS, required=False)
    assert read([], table) == (Given(id="it", value=(), source="given"),)
    assert read(None, table) == (Given(id="it", value=None, source="absent"),)


@pytest.mark.parametrize(("value", "text"), [(Decimal("1.50"), "1.5"), ("1.50", "1.50"), (False, False), (None, None)])
def test_a_single_value_has_no_rows(value: Any, text: Any) -> None:
    given = Given(id="it", value=value, source="given")
    assert (given.text(), given.rows()) == (text, [])
