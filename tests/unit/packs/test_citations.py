"""One citation or several on an element; calendars, milestones and what is set may cite; all of them are known."""

from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from operate.policy_coverage import coverage
from shared.packs.language.citations import Cite, citations
from shared.packs.publishing.cited_rules import cited_rules
from shared.packs.publishing.load import load_pack
from tests.support.packs import INTAKE, SLA, edited, line_of, write_pack

CITE = TypeAdapter(Cite)


@pytest.mark.parametrize(
    ("written", "read", "single"),
    [
        ("LG-33 Art.33", "LG-33 Art.33", ("LG-33 Art.33",)),
        (["LG-33 Art.33"], "LG-33 Art.33", ("LG-33 Art.33",)),
        (["LG-33 Art.33", "B-2a s.2"], "LG-33 Art.33; B-2a s.2", ("LG-33 Art.33", "B-2a s.2")),
        (["LG-33 Art.33", "LG-33 Art.33"], "LG-33 Art.33", ("LG-33 Art.33",)),
        ("LG-33 Art.33; Art.34", "LG-33 Art.33; Art.34", ("LG-33 Art.33; Art.34",)),
        ("LG-33 Art.33; B-2a s.2", "LG-33 Art.33; B-2a s.2", ("LG-33 Art.33", "B-2a s.2")),
        (["LG-33 Art.33; 34", "B-2 s.2"], "LG-33 Art.33; 34; B-2 s.2", ("LG-33 Art.33; 34", "B-2 s.2")),
    ],
)
def test_several_citations_are_one_text_that_can_be_taken_apart(
    written: object, read: str, single: tuple[str, ...]
) -> None:
    assert CITE.validate_python(written) == read
    assert citations(read) == single


def test_no_citation_is_none() -> None:
    assert citations("") == ()


@pytest.mark.parametrize(
    ("written", "places"),
    [
        ("Art.33", [()]),
        ("lg-33 Art.33", [()]),
        ("LG-33 ", [()]),
        ("LG-33", [()]),
        ("LG-33 " + "x" * 115, [()]),
        (33, [()]),
        ([], [()]),
        (["LG-33 Art.33", "Art.34", 5], [(1,), (2,)]),
        ([f"LG-{number} s.1" for number in range(9)], [()]),
    ],
)
def test_a_wrong_citation_is_told_at_its_place(written: object, places: list[tuple[int, ...]]) -> None:
    with pytest.raises(ValidationError) as refused:
        CITE.validate_python(written)
    assert [fault["loc"] for fault in refused.value.errors()] == places


def test_the_longest_citation_has_120_characters() -> None:
    assert CITE.validate_python("LG-33 " + "x" * 114) == "LG-33 " + "x" * 114


SEVERAL = {
    "intake": INTAKE.replace("cite: X-2 Art.2\n", "cite: [X-2 Art.2, X-9 Art.9]\n", 1)
    .replace("[case.accepted]\n", "[{name: case.accepted, cite: X-7 Art.7}]\n", 1)
    .replace("    goto: done\n", "    goto: done\n    set: {severity: {value: \"'major'\", cite: [X-8 Art.8]}}\n", 1),
    "sla": SLA.replace("id: every-day, ", "id: every-day, cite: X-6 Art.6, ", 1),
}


def test_the_elements_that_cite_are_found_with_each_of_their_rules(tmp_path: Path) -> None:
    loaded = load_pack(write_pack(tmp_path / "small", **SEVERAL))
    assert loaded.diagnostics == ()

    wanted = {"X-2", "X-6", "X-7", "X-8", "X-9"}
    found = [(rule.rule, rule.article, rule.where) for rule in cited_rules(loaded.valid()) if rule.rule in wanted]
    assert found == [
        ("X-2", "Art.2", "intake.steps[accept]"),
        ("X-6", "Art.6", "sla.calendars[every-day]"),
        ("X-7", "Art.7", "intake.steps[accept].milestones[0]"),
        ("X-8", "Art.8", "intake.steps[close].set.severity"),
        ("X-9", "Art.9", "intake.steps[accept]"),
    ]


def test_coverage_counts_every_rule_of_an_element(tmp_path: Path) -> None:
    loaded = load_pack(write_pack(tmp_path / "small", **SEVERAL))
    carried = {rule.rule: [written.what for written in rule.carried] for rule in coverage(loaded).rules}

    assert carried["X-2"] == carried["X-9"] == ["intake.steps[accept]"]
    assert carried["X-6"] == ["sla.calendars[every-day]"]
    assert carried["X-7"] == ["intake.steps[accept].milestones[0]"]
    assert carried["X-8"] == ["intake.steps[close].set.severity"]


def test_what_is_set_is_an_expression_with_or_without_a_citation(tmp_path: Path) -> None:
    step = load_pack(write_pack(tmp_path / "small", **SEVERAL)).valid().intake.steps_by_id["close"]
    assert step.set["severity"].value({}) == "major"
    assert step.set["severity"].cite == "X-8 Art.8"
    bare = edited("intake", "    goto: done\n", "    goto: done\n    set: {severity: \"'major'\"}\n")
    step = load_pack(write_pack(tmp_path / "small", **bare)).valid().intake.steps_by_id["close"]
    assert step.set["severity"].cite is None


def test_a_citation_of_a_value_is_checked_like_any_other(tmp_path: Path) -> None:
    wrong = edited(
        "intake", "    goto: done\n", '    goto: done\n    set: {severity: {value: "\'mayor", cite: Art.8}}\n'
    )
    line = line_of(wrong["intake"], "set:")
    found = [str(each).rpartition("/")[2] for each in load_pack(write_pack(tmp_path / "small", **wrong)).diagnostics]
    assert [text.partition(": ")[0] for text in found] == [f"intake.yaml:{line}"] * 2
    assert "steps[close].set.severity.value: bad expression" in found[0]
    assert "steps[close].set.severity.cite: a citation is a rule's id" in found[1]


def test_the_expression_of_a_value_is_checked_at_its_line(tmp_path: Path) -> None:
    wrong = edited(
        "intake", "    goto: done\n", "    goto: done\n    set: {severity: {value: facts.tons, cite: X-8 Art.8}}\n"
    )
    assert [each.text() for each in load_pack(write_pack(tmp_path / "small", **wrong)).errors] == [
        "steps[close].set.severity: no fact tons; tonnes?"
    ]
