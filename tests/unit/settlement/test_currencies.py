"""Amounts of different currencies are never compared: limits, gates and defaults, with yen, dinars and yuan."""

import copy
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from services.settlement.remedies.rules.approval_table import NoApprovalRow
from shared.kernel.money import CurrencyMismatch, Money
from shared.packs.documents import parse_sections
from shared.packs.publishing.registry import errors
from shared.packs.settlement.model.approval import Approval
from shared.packs.settlement.model.section import SettlementSection
from tests.support import packs as small_pack
from tests.support.approval_rows import row_for
from tests.support.settlement import documents

CITE = "LG-12a Art.12"
YUAN: dict[str, Any] = {"up_to": "3000.00", "currency": "CNY", "roles": ["unit_leader"], "cite": CITE}
YEN: dict[str, Any] = {"up_to": "60000", "currency": "JPY", "roles": ["unit_leader"], "cite": CITE}
DINARS: dict[str, Any] = {"up_to": "150.000", "currency": "KWD", "roles": ["unit_leader"], "cite": CITE}
ALL_ABOVE: dict[str, Any] = {"up_to": None, "roles": ["centre_leader"], "cite": CITE}
YUAN_ABOVE: dict[str, Any] = {**ALL_ABOVE, "currency": "CNY"}
DINARS_ABOVE: dict[str, Any] = {**ALL_ABOVE, "currency": "KWD", "roles": ["unit_leader", "centre_leader"]}


def _rows(*rows: dict[str, Any]) -> tuple[Approval, ...]:
    return tuple(Approval.parse(row) for row in rows)


def _section(*rows: dict[str, Any], currency: str | None = None, **changes: Any) -> SettlementSection:
    """The steel pack with another table, its second remedy in another currency."""
    document = copy.deepcopy(documents()) | {"approval": list(rows)} | changes
    if currency is not None:
        document["remedies"][1]["currency"] = currency
    return SettlementSection.parse(document)


@pytest.mark.parametrize(
    ("minor", "currency", "row"),
    [
        (300_000, "CNY", 0),  # 3,000.00 yuan
        (300_001, "CNY", 2),
        (60_000, "JPY", 1),  # 60,000 yen, which have no decimals
        (60_001, "JPY", 2),
        (1, "KWD", 2),  # 0.001 dinar: no limit is in dinars
        (2_999_999, "KWD", 2),  # 2,999.999 dinars, less as a number than 3,000.00 yuan
        (500_000, "USD", 2),
    ],
)
def test_a_limit_counts_in_its_own_currency_only(minor: int, currency: str, row: int) -> None:
    rows = _rows(YUAN, YEN, ALL_ABOVE)
    assert row_for(rows, worth=Money(minor=minor, currency=currency), currency=currency) is rows[row]


@pytest.mark.parametrize(
    ("minor", "currency", "row"),
    [
        (150_000, "KWD", 0),
        (150_001, "KWD", 1),
        (None, "KWD", 1),
        (300_000, "CNY", 2),
        (300_001, "CNY", 3),
        (None, "CNY", 3),
        (1, "JPY", 3),
    ],
)
def test_a_currency_with_rows_of_its_own_ends_with_its_own_last_row(minor: int | None, currency: str, row: int) -> None:
    rows = _rows(DINARS, DINARS_ABOVE, YUAN, ALL_ABOVE)
    worth = None if minor is None else Money(minor=minor, currency=currency)
    assert row_for(rows, worth=worth, currency=currency) is rows[row]


def test_a_currency_without_a_row_is_refused_and_never_compared() -> None:
    rows = _rows(YUAN, YUAN_ABOVE)
    with pytest.raises(NoApprovalRow) as refused:
        row_for(rows, worth=Money(minor=1, currency="JPY"), currency="JPY")
    assert refused.value.fields == {"currency": "JPY"}
    with pytest.raises(NoApprovalRow):
        row_for(rows, worth=None, currency="JPY")


def test_a_worth_in_another_currency_than_the_remedy_is_refused() -> None:
    with pytest.raises(CurrencyMismatch):
        row_for(_rows(YUAN, ALL_ABOVE), worth=Money(minor=1, currency="JPY"), currency="CNY")


def test_lint_names_the_remedy_whose_currency_has_no_row_and_the_mend() -> None:
    faults = list(errors(_section(YUAN, YUAN_ABOVE, currency="KWD")))
    message = "the approval table has no row in KWD: add rows with `currency: KWD`, the last with `up_to: null`"
    assert faults == [(("remedies", 1, "currency"), message)]
    assert list(errors(_section(YUAN, YUAN_ABOVE, DINARS_ABOVE, currency="KWD"))) == []


def test_a_remedy_beside_limits_needs_a_row_in_its_own_currency() -> None:
    found = list(errors(_section(YUAN, ALL_ABOVE, currency="JPY")))
    assert [path for path, _ in found] == [("remedies", 1, "currency")]
    assert found[0][1].startswith("the approval table has no row in JPY: add rows with `currency: JPY`")
    assert list(errors(_section(YUAN, YEN, ALL_ABOVE, currency="JPY"))) == []
    assert list(errors(_section(ALL_ABOVE, currency="JPY"))) == []


@pytest.mark.parametrize(
    ("rows", "place", "words"),
    [
        ((YUAN, YUAN_ABOVE, YEN), 2, "the last row of the approval table in JPY must have no limit (`up_to: null`)"),
        ((YUAN, YEN, {**YEN, "up_to": "59999"}, ALL_ABOVE), 2, "the limits of the approval table in JPY must rise"),
        ((YUAN, YEN, YEN, ALL_ABOVE), 2, "the limits of the approval table in JPY must rise"),
        (
            (DINARS_ABOVE, YUAN_ABOVE, DINARS_ABOVE),
            0,
            "only the last row of the approval table in KWD is without limit",
        ),
    ],
)
def test_the_limits_of_each_currency_rise_and_end(rows: tuple[dict[str, Any], ...], place: int, words: str) -> None:
    assert list(errors(_section(*rows))) == [(("approval", place, "up_to"), words)]


def test_a_row_without_limit_above_a_limit_is_two_errors() -> None:
    assert list(errors(_section(DINARS_ABOVE, DINARS, YUAN, ALL_ABOVE))) == [
        (("approval", 0, "up_to"), "only the last row of the approval table in KWD is without limit"),
        (("approval", 1, "up_to"), "the last row of the approval table in KWD must have no limit (`up_to: null`)"),
    ]


def test_limits_of_two_currencies_need_not_rise_together() -> None:
    assert list(errors(_section(YEN, YUAN, ALL_ABOVE))) == []


def test_a_gate_shared_by_two_currencies_reads_the_currency_too() -> None:
    gate = {"id": "small", "code": "too_much", "message": {"zh": "超额", "en": "Too much"}, "cite": CITE}
    document = copy.deepcopy(documents()) | {"approval": [ALL_ABOVE]}
    for remedy in document["remedies"][:2]:
        remedy.setdefault("require", {})["offer"] = ["small"]
    index = len(document["gates"])

    def faults(that: str, currency: str) -> list[Any]:
        document["remedies"][1]["currency"] = currency
        section = {**document, "gates": [*document["gates"], {**gate, "that": that}]}
        return list(errors(SettlementSection.parse(section)))

    assert faults("remedy.amount_minor <= 500000", "CNY") == []
    [(path, message)] = faults("remedy.amount_minor <= 500000", "JPY")
    assert path == ("gates", index, "that")
    assert message.startswith("remedies in CNY and JPY share this gate, which compares `remedy.amount_minor`")
    assert faults("remedy.currency != 'CNY' or remedy.amount_minor <= 500000", "JPY") == []


def test_what_names_no_currency_is_in_that_of_the_pack(tmp_path: Path) -> None:
    limit = {key: value for key, value in YEN.items() if key != "currency"}
    settlement = copy.deepcopy(documents()) | {"approval": [YUAN, limit, ALL_ABOVE]}
    settlement["remedies"][1]["currency"] = "CNY"
    small = small_pack.documents(tmp_path)
    pack = {**small["pack"], "currency": "JPY"}
    sections = parse_sections({**small, "pack": pack, "settlement": settlement})
    assert [remedy.currency for remedy in sections.settlement.remedies] == ["JPY", "CNY", "JPY"]
    assert [row.currency for row in sections.settlement.approval] == ["CNY", "JPY", None]


@pytest.mark.parametrize("code", ["USX", "XAU", "cny"])
def test_a_currency_that_iso_4217_does_not_list_is_refused(code: str) -> None:
    with pytest.raises(ValidationError, match=r"remedies\.1\.currency"):
        _section(ALL_ABOVE, currency=code)
