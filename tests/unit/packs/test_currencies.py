"""A currency that ISO 4217 does not list is refused at its line, in the pack's own currency and in a remedy's."""

from pathlib import Path

import pytest

from tests.support.packs import PACK, line_of, said, write_pack

REMEDY = """\
who:
  quote: {{roles: [clerk], cite: X-6 Art.6}}
  offer: {{roles: [clerk], cite: X-6 Art.6}}
  returns: {{roles: [clerk], cite: X-6 Art.6}}
  release: {{roles: [clerk], cite: X-6 Art.6}}
approval:
  - {{up_to: null, roles: [leader], cite: X-6 Art.6}}
remedies:
  - id: swap
    label: {{zh: 换, en: Swap}}
    cite: X-6 Art.6
    mode: replacement
    currency: {currency}
    inputs: [{{id: tonnes, label: {{zh: 吨, en: Tonnes}}, type: decimal}}]
    steps: [{{id: total, label: {{zh: 计, en: Total}}, formula: inputs.tonnes, cite: X-6 Art.6}}]
    result: total
    quote_valid_for: {{amount: 1, unit: day}}
    returns: {{unit: t, code: back, message: {{zh: 退, en: Return}}, cite: X-6 Art.6}}
"""


@pytest.mark.parametrize("code", ["CNY", "JOD", "ISK", "UGX", "EUR"])
def test_a_listed_currency_is_taken(tmp_path: Path, code: str) -> None:
    pack = PACK.replace("zone:", f"currency: {code}\nzone:")
    assert said(write_pack(tmp_path / "small", pack=pack, settlement=REMEDY.format(currency=code))) == []


@pytest.mark.parametrize("code", ["ABC", "RMB", "XAU", "XXX"])
def test_an_unknown_currency_is_refused_at_its_line(tmp_path: Path, code: str) -> None:
    pack = PACK.replace("zone:", f"currency: {code}\nzone:")
    settlement = REMEDY.format(currency=code)
    assert said(write_pack(tmp_path / "small", pack=pack, settlement=settlement)) == [
        f"pack.yaml:{line_of(pack, 'currency:')}: currency: no currency {code} in ISO 4217",
        f"settlement.yaml:{line_of(settlement, 'currency:')}: remedies[swap].currency: no currency {code} in ISO 4217",
    ]


@pytest.mark.parametrize(
    ("bounds", "warned"),
    [
        ("max: number(facts.tonnes)", True),
        ("min: number(facts.tonnes)", True),
        ("max: number(facts.tonnes ?? 0)", False),
        ("taken_from: facts.tonnes, max: number(facts.tonnes)", False),
    ],
)
def test_a_bound_over_a_fact_that_may_be_absent_is_a_warning(tmp_path: Path, bounds: str, warned: bool) -> None:
    """Not where the input takes its value from the same fact: then nothing is to be taken without it."""
    settlement = REMEDY.format(currency="CNY").replace("type: decimal}", f"type: decimal, {bounds}}}")
    key = bounds.partition(":")[0]
    line = line_of(settlement, "type: decimal")
    expected = f"settlement.yaml:{line}: remedies[swap].inputs[tonnes].{key}: fails when facts.tonnes is absent"
    found = said(write_pack(tmp_path / "small", settlement=settlement))
    assert [text.partition(";")[0] for text in found] == ([expected] if warned else [])
