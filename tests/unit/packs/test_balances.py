"""What publication says of balances and of what steps book on them, each with the line and the way out."""

from pathlib import Path

import pytest

from tests.support.packs import INTAKE, said, write_pack

STANDING = """\
standing:
  - {id: bought, label: {zh: 进货, en: Bought}, of: customer, type: decimal, otherwise: "0", cite: X-7 Art.7}
"""
BOOKS = "books: [{balance: quota, amount: number(facts.tonnes ?? '0')}]"


def found(tmp_path: Path, more: str, *, books: str = BOOKS, that: str = "") -> list[str]:
    balance = f"balances:\n  - {{id: quota, label: {{zh: 额, en: Quota}}, cite: X-8 Art.8, {more}}}\n"
    whole = INTAKE.replace("owners:", f"{STANDING}{balance}owners:")
    whole = whole.replace("    milestones: [case.accepted]", f"    {books}\n    milestones: [case.accepted]")
    whole = whole.replace("'case.accepted' in milestones", f"'case.accepted' in milestones{that}")
    return [line.partition(": ")[2] for line in said(write_pack(tmp_path / "small", intake=whole))]


SOUND = "every: month, limit: number(standing.bought) * 0.15, unit: t"
KEPT = "may_exceed: true, currency: CNY"


def test_a_sound_balance_says_nothing(tmp_path: Path) -> None:
    assert (
        found(tmp_path, f'{SOUND}, key: facts.secret, carry_over: {{periods: 3, most: "1.5", cite: X-8 Art.9}}') == []
    )


def test_what_moves_on_may_be_a_formula(tmp_path: Path) -> None:
    most = "number(standing.bought) > 100 ? period.limit * 0.5 : quantity(3, 't')"
    assert found(tmp_path, f'{SOUND}, carry_over: {{periods: 3, most: "{most}", cite: X-8 Art.9}}') == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("every: month, limit: number(standing.bought)", "unit: write `currency` for money or `unit` for a quantity"),
        (f"{SOUND}, currency: CNY", "unit: write `currency` for money or `unit` for a quantity"),
        (
            "currency: CNY, limit: number(standing.bought), carry_over: {periods: 3, cite: X-8 Art.9}",
            "carry_over: an account without periods has no next one; write `every`",
        ),
        (
            f'{SOUND}, carry_over: {{periods: 3, most: "-1", cite: X-8 Art.9}}',
            "carry_over.most: is above 0, and whole minor units of a currency",
        ),
        (
            'every: month, limit: "5", currency: CNY, carry_over: {periods: 3, most: "0.5", cite: X-8 Art.9}',
            "carry_over.most: is above 0, and whole minor units of a currency",
        ),
        (
            f"{SOUND}, may_exceed: true, carry_over: {{periods: 3, cite: X-8 Art.9}}",
            "carry_over: what may be exceeded leaves no rest",
        ),
        (
            f"{SOUND}, carry_over: {{periods: 3, most: facts.tonnes, cite: X-8 Art.9}}",
            "carry_over.most: sees standing facts and `period` alone, as earlier periods are computed too",
        ),
        (
            f"{SOUND}, carry_over: {{periods: 3, most: period.limt * 0.5, cite: X-8 Art.9}}",
            "carry_over.most: no period.limt; limit?",
        ),
        (
            f"{SOUND}, carry_over: {{periods: 3, most: case.number, cite: X-8 Art.9}}",
            "carry_over.most: nothing called case is known here",
        ),
        (f"{SOUND}, key: facts.secrt", "key: no fact secrt; secret?"),
        (f"{SOUND}, key: standing.bought", "key: nothing called standing is known here"),
    ],
)
def test_a_fault_of_a_balance(tmp_path: Path, line: str, message: str) -> None:
    that = " and number(standing.bought) > 1 and balances.quota.used != balances.quota.carried"
    assert found(tmp_path, line, that=that) == [f"balances[quota].{message}"]


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ("number(facts.tonnes ?? '0')", "sees standing facts alone, as limits of earlier periods are computed too"),
        ("number(case.number)", "nothing called case is known here"),
        ("number(standing.bougt)", "no standing.bougt; bought?"),
    ],
)
def test_a_limit_sees_standing_facts_alone(tmp_path: Path, limit: str, message: str) -> None:
    that = " and number(standing.bought) > 1"
    assert found(tmp_path, f"every: month, limit: {limit}, currency: CNY", that=that) == [
        f"balances[quota].limit: {message}"
    ]


def test_a_balance_without_a_limit_is_an_account(tmp_path: Path) -> None:
    that = " and number(standing.bought) > 1"
    assert found(tmp_path, "every: month, currency: CNY", that=that) == [
        "balances[quota].limit: write `limit`, or `may_exceed: true` for an account that is not limited"
    ]
    assert found(tmp_path / "account", KEPT, that=that) == []
    assert found(tmp_path / "read", KEPT, that=f"{that} and balances.quota.used != balances.quota.carried") == []


@pytest.mark.parametrize(
    ("books", "messages"),
    [
        ("books: []", ["balances[quota].id: no step books on quota"]),
        (
            "books: [{balance: quotas, amount: '1'}]",
            ["steps[accept].books[0].balance: no balance quotas; quota?"],
        ),
        (
            "books: [{balance: quota}]",
            [
                "steps[accept].books[0].amount: write `amount`, or `reverses: true` to give back what the case has booked"
            ],
        ),
        (
            "books: [{balance: quota, amount: '1', reverses: true}]",
            [
                "steps[accept].books[0].amount: write `amount`, or `reverses: true` to give back what the case has booked"
            ],
        ),
        (
            "books: [{balance: quota, amount: balances.quota.rest}]",
            ["steps[accept].books[0].amount: no balances.quota.rest"],
        ),
    ],
)
def test_a_fault_of_what_a_step_books(tmp_path: Path, books: str, messages: list[str]) -> None:
    said_of = found(tmp_path, SOUND, books=books)
    assert [line for line in said_of if not line.startswith("balances") or books == "books: []"] == messages


def test_figures_have_the_unit_of_the_balance(tmp_path: Path) -> None:
    apart = " and balances.quota.left > quantity(5, 'kg')"
    assert [line for line in found(tmp_path, SOUND, that=apart) if "kg" in line] != []
    assert found(tmp_path / "same", SOUND, that=" and balances.quota.left > quantity(5, 't')") == []
