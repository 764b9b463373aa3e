"""Limits are amounts of their currency; amounts of two currencies are not compared by number."""

from pathlib import Path

import pytest

from tests.support.packs import INTAKE, NOTIFY, errors, write_pack

REMEDY = """\
  - id: {name}
    label: {{zh: 换, en: Swap}}
    cite: X-6 Art.6
    mode: replacement
    currency: {currency}
    inputs: [{{id: tonnes, label: {{zh: 吨, en: Tonnes}}, type: decimal}}]
    steps: [{{id: total, label: {{zh: 计, en: Total}}, formula: inputs.tonnes, cite: X-6 Art.6}}]
    result: total
    quote_valid_for: {{amount: 1, unit: day}}
    require: {{quote: [shared]}}
    returns: {{unit: t, code: back, message: {{zh: 退, en: Return}}, cite: X-6 Art.6}}
"""
GATE = 'gates:\n  - {{id: shared, that: "{that}", code: no, message: {{zh: 否, en: "No"}}, cite: X-6 Art.6}}\n'
END = "  - {up_to: null, roles: [leader], cite: X-6 Art.6}\n"


def settlement(*rows: str, that: str = "true") -> str:
    remedies = "".join(REMEDY.format(name=f"in_{code.lower()}", currency=code) for code in ("CNY", "USD"))
    return f"{GATE.format(that=that)}approval:\n{''.join(rows) or END}remedies:\n{remedies}"


def row(up_to: str, currency: str = "") -> str:
    return f"  - {{up_to: {up_to}, roles: [leader], cite: X-6 Art.6{f', currency: {currency}' if currency else ''}}}\n"


def told(folder: Path) -> list[str]:
    return [text.partition(": ")[2] for text in errors(folder)]


def test_a_remedy_beside_limits_of_another_currency_is_an_error(tmp_path: Path) -> None:
    found = told(write_pack(tmp_path / "small", settlement=settlement(row('"100"'), END)))
    assert found == [
        (
            "remedies[in_usd].currency: the approval table has no row in USD: add rows with `currency: USD`, "
            "the last with `up_to: null`"
        )
    ]


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ((row('"-1"'), row('"50"', "USD"), END), "approval[0].up_to: a limit is not negative"),
        ((row('"1.005"'), row('"50"', "USD"), END), "approval[0].up_to: CNY has 2 decimals"),
        (
            (row('"100"'), row("null"), row('"100"', "USD"), row("null")),
            "approval[1].up_to: a row without limit that names no currency takes every currency: name its `currency`",
        ),
    ],
)
def test_a_limit_that_is_none_is_refused_at_its_row(tmp_path: Path, rows: tuple[str, ...], fault: str) -> None:
    assert told(write_pack(tmp_path / "small", settlement=settlement(*rows))) == [fault]


def test_a_fault_in_a_shared_gate_is_told_at_the_gate_once(tmp_path: Path) -> None:
    found = told(write_pack(tmp_path / "small", settlement=settlement(that="some(inputs.tonnes, #.x > 1)")))
    assert found == ["gates[shared].that: `inputs.tonnes.#.x`: `inputs.tonnes` is one value, no table"]


@pytest.mark.parametrize(
    ("when", "is_refused"),
    [
        ("event.amount.minor > 100", True),
        ("event.amount.minor > 100 and event.amount.currency == 'USD'", False),
        ("event.amount.minor > 100 and event.remedy == 'in_usd'", False),
    ],
)
def test_a_rule_compares_amounts_of_one_currency(tmp_path: Path, when: str, *, is_refused: bool) -> None:
    rule = f'  - {{id: more, cite: X-5 Art.5, on: remedy.accepted, when: "{when}", recipients: [{{role: clerk}}], template: told}}\n'
    found = told(write_pack(tmp_path / "small", settlement=settlement(), notify=NOTIFY + rule))
    message = "remedies are in CNY and USD: compare `event.amount.minor` only together with its currency"
    assert found == ([f"rules[more].when: {message}"] if is_refused else [])


@pytest.mark.parametrize(
    ("gate", "is_refused"),
    [
        ("some(remedies, #.amount_minor > 100)", True),
        ("some(remedies, #.currency == 'USD' and #.amount_minor > 100)", False),
    ],
)
def test_a_gate_of_intake_compares_amounts_of_one_currency(tmp_path: Path, gate: str, *, is_refused: bool) -> None:
    intake = INTAKE.replace("'case.accepted' in milestones", gate)
    found = told(write_pack(tmp_path / "small", settlement=settlement(), intake=intake))
    message = "remedies are in CNY and USD: compare `remedies.#.amount_minor` only together with its currency"
    assert found == ([f"steps[close].require[0].that: {message}"] if is_refused else [])
