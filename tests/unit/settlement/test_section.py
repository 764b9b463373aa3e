"""A settlement section is refused when it does not hang together, before anything runs by it."""

import copy
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from shared.packs.publishing.registry import declared, referenced
from shared.packs.settlement.model.section import SettlementSection
from tests.support.sections import checked
from tests.support.settlement import documents, section

Bend = Callable[[dict[str, Any]], None]


def test_the_steel_pack_has_three_remedies_with_their_articles() -> None:
    cites = {remedy.id: remedy.cite for remedy in section().remedies}
    assert cites == {
        "price_difference": "LG-41 Art.41",
        "money_compensation": "LG-39a Art.39",
        "physical_replacement": "LG-39b Art.39",
    }
    assert [row.up_to for row in section().approval] == [Decimal("10000.00"), Decimal("100000.00"), None]


def test_it_declares_and_references_what_other_sections_check() -> None:
    known, referred = declared(section()), referenced(section())
    assert {name for _, name in known.remedies} == {remedy.id for remedy in section().remedies}
    assert [name for _, name in known.certificates] == ["tax_return_allowance_certificate"]
    assert {name for _, name in referred.accounts} == {"sales_returns", "output_vat", "accounts_receivable"}
    assert {name for _, name in referred.roles} == {
        "unit_leader", "centre_leader", "objection_team", "finance", "warehouse",
    }  # fmt: skip
    assert {name for _, name in referred.documents} == {"result_notice"}


def _first(document: dict[str, Any]) -> dict[str, Any]:
    remedy: dict[str, Any] = document["remedies"][0]
    return remedy


BENT: dict[str, Bend] = {
    "neither an input nor a step": lambda d: _first(d)["steps"][0].update(formula=f"steps.{_first(d)['result']} - 1"),
    "`facts.quantity_t` is neither": lambda d: _first(d)["steps"][0].update(formula="facts.quantity_t"),
    r"steps\[\w+\]: duplicate id": lambda d: _first(d)["steps"].append(_first(d)["steps"][0]),
    r"inputs\[\w+\]: duplicate id": lambda d: _first(d)["inputs"].append(_first(d)["inputs"][0]),
    "no step `nothing`": lambda d: _first(d).update(result="nothing"),
    "must be rounded to the currency": lambda d: _first(d).update(result="difference"),
    "money needs `payout`": lambda d: _first(d).pop("payout"),
    "replacement needs `returns`": lambda d: d["remedies"][2].pop("returns"),
    "net and tax are posted": lambda d: _first(d)["postings"][0].update(amount="net"),
    "post gross, or net and tax": lambda d: d["remedies"][1]["postings"].pop(),
    "same account": lambda d: _first(d)["postings"][0].update(credit="sales_returns"),
    "a share such as 0.13": lambda d: d["remedies"][1]["tax"].update(rate="13"),
    "which the remedy does not have": lambda d: d["remedies"][1]["require"].update(accept=["customer_consents"]),
    "must have no limit": lambda d: d["approval"].pop(),
    "only the last row": lambda d: d["approval"][0].update(up_to=None),
    "must rise": lambda d: d["approval"][0].update(up_to="100000.00"),
    "appears twice": lambda d: d["approval"][2].update(roles=["unit_leader", "unit_leader"]),
    "needs an approval table": lambda d: d.update(approval=[]),
    r"remedies\[\w+\]: duplicate id": lambda d: d["remedies"].append(_first(d)),
    r"accounts\[\w+\]: duplicate id": lambda d: d["accounts"].append(d["accounts"][0]),
    "write a decimal as quoted text": lambda d: d["remedies"][1]["tax"].update(rate=0.13),
}


@pytest.mark.parametrize("words", BENT)
def test_a_bent_section_is_refused_in_words(words: str) -> None:
    document = copy.deepcopy(documents())
    BENT[words](document)
    with pytest.raises(ValueError, match=words):
        checked(SettlementSection, document)


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="accountz"):
        SettlementSection.parse({**documents(), "accountz": []})


def test_no_section_at_all_is_a_section_without_remedies() -> None:
    assert SettlementSection.parse({}).remedies == ()
