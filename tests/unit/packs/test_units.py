"""Units of values: what an expression's is, where two do not agree, and numbers that are written without one."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from shared.packs.language.expression import Expression, ExpressionFailed
from shared.packs.language.expression_measures import measured
from shared.packs.language.expression_text import ExpressionInvalid
from shared.packs.language.expression_tokens import Variable
from shared.packs.language.units import NotConvertible, factor, product, shown, unit_from
from shared.packs.publishing.load import load_pack
from tests.support.packs import INTAKE, REFUND, SLIP, write_pack

UNITS = {
    ("price",): "CNY/t",
    ("weight",): "t",
    ("net",): "kg",
    ("paid",): "CNY",
    ("minor",): "CNY_minor",
    ("share",): "%",
    ("limit",): "day",
    ("rows", "#", "weight"): "t",
    ("rows", "#", "price"): "CNY/t",
}


def unit_of(variable: Variable) -> object:
    text = UNITS.get(variable)
    return None if text is None else unit_from(text)


def said(source: str) -> tuple[str | None, list[str]]:
    Expression(source)
    value, found = measured(source, (), unit_of)  # type: ignore[arg-type]
    return None if value is None or value.bare else shown(value.unit), [each.kind for each in found]


@pytest.mark.parametrize(
    ("source", "unit"),
    [
        ("price * weight", "CNY"),
        ("paid / weight", "CNY/t"),
        ("paid * 0.13", "CNY"),
        ("paid * share / 100", "CNY"),
        ("weight / weight", "1"),
        ("weight * weight", "t*t"),
        ("1 / weight", "1/t"),
        ("round(price * weight, 2) + paid", "CNY"),
        ("-paid % 7", "CNY"),
        ("sum(map(rows, #.weight * #.price))", "CNY"),
        ("sum(map(filter(rows, #.weight > quantity(3, 't')), #.weight))", "t"),
        ("filter(rows, #.weight > 0)[0].price * weight", "CNY"),
        ("count(rows, #.weight > 0)", "1"),
        ("max([paid, 0])", "CNY"),
        ("max([price - quantity(600, 'CNY/t'), 0]) * weight", "CNY"),
        ("paid > 0 ? paid : 0", "CNY"),
        ("(paid ?? 0) + paid", "CNY"),
        ("convert(net, 'kg', 't') + weight", "t"),
        ("convert(minor, 'CNY_minor', 'CNY') + paid", "CNY"),
        ("convert(quantity(2, 'hour'), 'hour', 'minute') + quantity(5, 'minute')", "minute"),
        ("daysBetween(a, b) + limit", "day"),
        ("map([weight], # * price)[0]", "CNY"),
        ("weight in [0..quantity(3, 't'))", None),
        ("paid not in [0, paid] and not (paid > 0)", None),
        ("unknown.thing + weight", "t"),
        ("unknown.thing * weight", None),
        ("2 ^ 3 + 7", None),
        ("unknown[0].thing + unknown['x']", None),
    ],
)
def test_the_unit_of_an_expression(source: str, unit: str | None) -> None:
    assert said(source) == (unit, [])


@pytest.mark.parametrize(
    "source",
    [
        "paid + weight",
        "paid < weight",
        "price * weight == weight",
        "weight + net",
        "paid + minor",
        "paid > 0 ? paid : weight",
        "paid ?? weight",
        "[paid, weight]",
        "hoursBetween(a, b) > daysBetween(a, b)",
        "hoursBetween(a, b) <= limit",
        "workingDaysBetween(a, b, 'c') <= limit",
        "count(rows, #.weight > 0) + weight",
        "sum(map(rows, #.weight + #.price))",
        "weight in [0..paid]",
        "quantity(1, 'kg') + weight",
    ],
)
def test_two_units_do_not_agree(source: str) -> None:
    value, found = measured(source, (), unit_of)  # type: ignore[arg-type]
    assert [each.kind for each in found] == ["unit_mismatch"], value


@pytest.mark.parametrize(
    ("source", "kinds"),
    [
        ("paid > 100", ["bare_number"]),
        ("100 < paid", ["bare_number"]),
        ("min([paid, 500])", ["bare_number"]),
        ("weight in [1..3]", ["bare_number"]),
        ("paid + 1", ["bare_number"]),
        ("paid > 0", []),
        ("paid * 2", []),
        ("paid > quantity(100, 'CNY')", []),
        ("daysBetween(a, b) <= 30", []),  # the word says the unit
        ("share > 15", []),
        ("count(rows, #.weight > 0) >= 2", []),
    ],
)
def test_a_number_without_a_unit_beside_one_that_has_one(source: str, kinds: list[str]) -> None:
    assert said(source)[1] == kinds


@pytest.mark.parametrize("source", ["-" * 1500 + "paid", "not " * 400 + "(paid > 0)", "-" * 1500 + "paid + weight"])
def test_a_long_row_of_signs_is_read(source: str) -> None:
    assert said(source)[1] == (["unit_mismatch"] if "weight" in source else [])


def test_the_message_says_what_to_write() -> None:
    _, found = measured("price > 600", (), unit_of)  # type: ignore[arg-type]
    assert found[0].message == "a number without a unit beside one in CNY/t: write quantity(…, 'CNY/t')"


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("quantity(150, 'CNY')", Decimal(150)),
        ("1 > 2 ? 0.5 : quantity(3, 't')", Decimal(3)),
        ("convert(2.5, 'hour', 'minute')", Decimal(150)),
        ("convert(150, 'minute', 'hour')", Decimal("2.5")),
        ("convert(1, 'week', 'day')", Decimal(7)),
        ("convert(18240, 'kg', 't')", Decimal("18.24")),
        ("convert(1.5, 'year', 'month')", Decimal(18)),
        ("convert(120.5, 'CNY', 'CNY_minor')", Decimal(12050)),
        ("convert(12050, 'CNY_minor', 'CNY')", Decimal("120.5")),
        ("convert(500, 'JPY_minor', 'JPY')", Decimal(500)),
        ("convert(15, '%', '1')", Decimal("0.15")),
        ("convert(convert(1, 'km', 'm'), 'm', 'cm')", Decimal(100_000)),
        ("convert(3, 'pallet', 'pallet')", Decimal(3)),
        ("2 * convert(1 + 1, 'm3', 'L')", Decimal(4000)),
    ],
)
def test_the_words_are_numbers(source: str, value: Decimal) -> None:
    assert Expression(source).value({}) == value


def test_what_is_absent_is_not_converted() -> None:
    with pytest.raises(ExpressionFailed):
        Expression("convert(facts.x, 'kg', 't')").value({"facts": {}})


@pytest.mark.parametrize(
    ("source", "detail"),
    [
        ("quantity(1)", "write quantity(number, 'unit')"),
        ("quantity(1, t)", "write quantity(number, 'unit')"),
        ("quantity(1, '')", "write quantity(number, 'unit')"),
        ("quantity(1, 'aaaaaaaaaaaaaaaaa')", "write quantity(number, 'unit')"),
        ("convert(1, 'kg')", "write convert(number, 'unit', 'other unit')"),
        ("convert(1, 'kg', 'hour')", "'kg' is no multiple of 'hour'"),
        ("convert(1, 'CNY', 'USD')", "'CNY' is no multiple of 'USD'"),
        ("convert(1, 'day', 'month')", "'day' is no multiple of 'month'"),
    ],
)
def test_a_wrong_call_is_refused(source: str, detail: str) -> None:
    with pytest.raises(ExpressionInvalid) as refused:
        Expression(source)
    assert refused.value.detail == detail


@pytest.mark.parametrize("text", ["CNY", "CNY/t", "1/t", "km*t", "CNY/km/t", "1"])
def test_a_unit_is_shown_as_it_is_written(text: str) -> None:
    assert shown(unit_from(text)) == text


@pytest.mark.parametrize("text", ["CNY per t", "/", "t/", "(t)"])
def test_a_text_of_another_form_is_a_unit_of_its_own(text: str) -> None:
    assert unit_from(text) == ((text, 1),)


def test_powers_cancel() -> None:
    assert product(unit_from("CNY/t"), unit_from("t")) == unit_from("CNY")
    assert product(unit_from("CNY"), unit_from("CNY"), power=-1) == unit_from("%")


def test_factors_are_exact() -> None:
    assert factor("second", "hour") == Fraction(1, 3600)
    with pytest.raises(NotConvertible):
        factor("working_day", "day")


FACTS = INTAKE.replace(
    "  - {id: secret,",
    "  - {id: paid, label: {zh: 付, en: Paid}, type: integer, unit: CNY_minor, required: true, shared: true}\n"
    "  - {id: worth, label: {zh: 值, en: Worth}, type: integer, unit: CNY_minor, enterable: false}\n"
    "  - {id: secret,",
).replace("type: decimal, shared: true}", "type: decimal, unit: t, required: true, shared: true}")


def accepted(folder: Path, what: str, *, settlement: str = "{}\n") -> list[str]:
    """What lint says of a pack whose first step has `what`."""
    intake = FACTS.replace("    milestones: [case.accepted]\n", f"    milestones: [case.accepted]\n    {what}\n")
    loaded = load_pack(write_pack(folder / "small", intake=intake, settlement=settlement))
    return [f"{each.severity}: {each.text()}" for each in loaded.diagnostics]


def gate(that: str) -> str:
    return f'require: [{{that: "{that}", code: no, cite: X-1 Art.1, message: {{zh: 否, en: "No"}}}}]'


@pytest.mark.parametrize(
    ("what", "told"),
    [
        (gate("facts.paid > quantity(100, 'CNY_minor')"), None),
        (
            gate("facts.paid > number(facts.tonnes)"),
            "error: steps[accept].require[0].that: CNY_minor and t are compared",
        ),
        (gate("facts.paid > 100"), "warning: steps[accept].require[0].that: a number without a unit beside one in"),
        ("set: {worth: facts.paid + facts.paid}", None),
        ("set: {worth: number(facts.tonnes)}", "error: steps[accept].set.worth: t and CNY_minor come out"),
    ],
)
def test_a_pack_is_told_where_units_do_not_agree(tmp_path: Path, what: str, told: str | None) -> None:
    found = [text for text in accepted(tmp_path, what) if "unit" in text or "compared" in text]
    assert len(found) == (told is not None)
    assert all(str(told) in text for text in found)


INPUTS = """\
inputs:
      - {id: price, label: {zh: 价, en: Price}, type: money, unit: CNY/t, min: "quantity(1, 'CNY/t')"}
      - {id: tonnes, label: {zh: 吨, en: Tonnes}, type: decimal, unit: t, taken_from: TAKEN}
"""
STEPS = """\
    steps:
      - {id: full, label: {zh: 全, en: Full}, formula: inputs.price * inputs.tonnes, cite: X-6 Art.6}
"""


@pytest.mark.parametrize(
    ("amount", "taken", "told"),
    [
        ("steps.full", "facts.tonnes", None),
        ("min([steps.full, quantity(500, 'CNY')])", "facts.tonnes", None),
        ("inputs.price", "facts.tonnes", "error: remedies[refund].steps[amount].formula: CNY/t and CNY come out"),
        (
            "steps.full + inputs.tonnes",
            "facts.tonnes",
            "error: remedies[refund].steps[amount].formula: CNY and t are added",
        ),
        (
            "min([steps.full, 500])",
            "facts.tonnes",
            "warning: remedies[refund].steps[amount].formula: a number without a",
        ),
        ("steps.full", "facts.paid", "error: remedies[refund].inputs[tonnes].taken_from: CNY_minor and t come out"),
    ],
)
def test_the_steps_of_a_remedy_have_the_units_of_their_formulas(
    tmp_path: Path, amount: str, taken: str, told: str | None
) -> None:
    remedy = REFUND.replace("inputs: [{id: price, label: {zh: 价, en: Price}, type: money}]\n", INPUTS)
    remedy = remedy.replace("    steps:\n", STEPS).replace("TAKEN", taken)
    remedy = remedy.replace("formula: inputs.price\n", f'formula: "{amount}"\n')
    intake = FACTS + SLIP
    loaded = load_pack(write_pack(tmp_path / "small", intake=intake, settlement=remedy))
    found = [f"{each.severity}: {each.text()}" for each in loaded.diagnostics]
    assert [text for text in found if text.startswith("error") and told is None] == []
    about = [text for text in found if "unit" in text]
    assert len(about) == (told is not None), found
    assert all(str(told) in text for text in about)
