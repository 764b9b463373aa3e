"""AUTHORING.md says what is so: its example pack is sound and wholly proved, its expressions give what it says."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from operate.authoring.examples import words
from operate.authoring.guide import files, write
from operate.authoring.page import PLACE, expression_examples, page
from operate.authoring.refusals import refusals
from operate.policy_coverage import coverage
from shared.packs.language.expression import Expression, ExpressionFailed
from shared.packs.language.expression_tokens import FUNCTIONS, WORDS
from shared.packs.publishing.load import load_pack

TEXT = Path(PLACE).read_text(encoding="utf-8")
CONTEXT = {
    "facts": {"price": "120.50", "kind": "warranty", "count": 3, "day": "2026-03-02", "colours": ["red", "blue"]},
    "milestones": ["case.registered", "case.accepted"],
    "looks": {
        "earlier": {
            "count": 2,
            "sum": Decimal("850.50"),
            "cases": [{"number": f"L-2026-000{n}", "case_type": "complaint", "status": "done"} for n in (1, 2)],
        },
        "unknown": None,
    },
    "rows": [{"price": "10.5", "n": 2}, {"price": "1", "n": 3}],
}


def given(source: str) -> str:
    try:
        value = Expression(source, words=words()).value(CONTEXT)
    except ExpressionFailed:
        return "fails"
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case Decimal():
            return format(value, "f")
        case _:
            return str(value)


@pytest.mark.parametrize(
    "example",
    [*expression_examples("examples"), *expression_examples("defined")],
    ids=lambda example: example["write"],
)
def test_an_expression_gives_what_the_page_says(example: dict[str, str]) -> None:
    assert given(example["write"]) == example["gives"]


def test_every_function_has_an_example() -> None:
    written = " ".join(example["write"] for example in expression_examples("examples"))

    assert [name for name in sorted(FUNCTIONS | WORDS) if f"{name}(" not in written] == []


def test_the_example_pack_is_sound_without_a_warning_and_wholly_proved(tmp_path: Path) -> None:
    first, *others = write(TEXT, tmp_path)
    loaded = load_pack(first.parent)

    assert [file.name for file in others][:4] == ["intake.yaml", "sla.yaml", "settlement.yaml", "notify.yaml"]
    assert [str(fault) for fault in loaded.diagnostics] == []
    assert coverage(loaded).is_whole


def test_the_branch_with_samples_and_terms_is_sound_without_a_warning_and_proved(tmp_path: Path) -> None:
    write(TEXT, tmp_path)
    loaded = load_pack(tmp_path / "lamps_audit")

    assert [str(fault) for fault in loaded.diagnostics] == []
    own = {rule.rule for rule in coverage(loaded).carried if rule.rule.startswith("LA-")}
    assert own == {"LA-1", "LA-2", "LA-3", "LA-4", "LA-5"}
    assert own.isdisjoint(rule.rule for rule in coverage(loaded).unproved)


@pytest.mark.parametrize(
    ("branch", "rules"),
    [
        ("lamps_city", {"LC-1", "LC-2", "LC-3", "LC-4"}),
        ("lamps_counter", {"LK-1", "LK-2", "LK-3"}),
        ("lamps_mall", {"LM-1", "LM-2", "LM-3"}),
        ("lamps_recall", {"LR-1", "LR-2", "LR-3"}),
        ("lamps_list", {"LP-1", "LP-2", "LP-3"}),
    ],
)
def test_a_branch_of_the_example_pack_is_sound_without_a_warning(branch: str, rules: set[str], tmp_path: Path) -> None:
    write(TEXT, tmp_path)
    loaded = load_pack(tmp_path / branch)

    assert [str(fault) for fault in loaded.diagnostics] == []
    own = {rule.rule for rule in coverage(loaded).carried if rule.rule[:2] == next(iter(rules))[:2]}
    assert own == rules
    assert own.isdisjoint(rule.rule for rule in coverage(loaded).unproved)


def test_the_branch_with_standing_facts_is_sound_without_a_warning(tmp_path: Path) -> None:
    write(TEXT, tmp_path)
    loaded = load_pack(tmp_path / "lamps_trade")

    assert [str(fault) for fault in loaded.diagnostics] == []
    assert {f"LT-{n}" for n in range(1, 7)}.isdisjoint(rule.rule for rule in coverage(loaded).unproved)


def test_the_recipes_are_sound_without_a_warning_and_played(tmp_path: Path) -> None:
    write(TEXT, tmp_path)
    loaded = load_pack(tmp_path / "lamps_workshop")

    assert [str(fault) for fault in loaded.diagnostics] == []
    own = {rule.rule for rule in coverage(loaded).carried if rule.rule.startswith("LW-")}
    assert own == {"LW-1", "LW-2", "LW-3", "LW-4", "LW-5", "LW-6"}
    assert own.isdisjoint(rule.rule for rule in coverage(loaded).unproved)


def test_the_format_of_scenarios_is_found_from_where_they_are_written() -> None:
    format_page = Path("tests/scenarios/README.md")
    assert format_page.is_file()
    proving = TEXT.partition("### 7. Try it, and prove it with scenarios")[2].partition("### 8.")[0]
    assert f"(../../{format_page})" in proving
    assert f"({format_page})" in Path("README.md").read_text(encoding="utf-8")


def test_every_test_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`(test_\w+)`", TEXT))
    defined = {
        name for file in Path("tests").rglob("test_*.py") for name in re.findall(r"def (test_\w+)", file.read_text())
    }

    assert len(named) > 20
    assert sorted(named - defined) == []


def test_every_code_that_a_service_answers_with_is_listed_with_both_titles() -> None:
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in refusals().splitlines()[2:]]

    assert {len(row) for row in rows} == {6}
    assert [row for row in rows if not all(row) or not re.fullmatch(r"[45]\d\d", row[1])] == []
    assert [row[3:5] for row in rows if row[0] == "`four_eyes`" and row[2] == "settlement"] == [
        ["A person who touched the case cannot approve its money", "经手人不得审批"]
    ]
    services = {"every", "intake", "notify", "settlement", "sla"}
    assert {row[2] for row in rows} == services
    assert {"`token_missing`", "`not_found`", "`idempotency_key_reused`"} <= {
        row[0] for row in rows if row[2] == "every"
    }


def test_each_file_of_the_example_names_its_schema() -> None:
    for name, content in files(TEXT).items():
        key = Path(name).stem
        if "/scenarios/" not in name and name.endswith(".yaml"):
            assert content.startswith(f"# yaml-language-server: $schema=../schemas/{key}.json\n"), name


def test_a_page_that_lost_a_block_is_refused(tmp_path: Path) -> None:
    lost = tmp_path / PLACE
    lost.parent.mkdir(parents=True)
    lost.write_text(TEXT.replace("<!-- begin: events -->", ""), encoding="utf-8")

    with pytest.raises(ValueError, match="events"):
        page(tmp_path)
