"""What a person reads when a scenario differs."""

from dataclasses import replace
from pathlib import Path

from operate.scenarios.difference import Difference
from operate.scenarios.format import Scenario
from operate.scenarios.outcome import Outcome, StepResult
from operate.scenarios.report import report
from shared.packs.publishing.load import load_pack
from tests.support.packs import write_pack

DUE = Difference("clock reply.due_at", '"2026-03-05T24:00"', '"2026-03-11T00:00"', element="sla.clocks[reply]")


def outcome(tmp_path: Path, *differences: Difference, rules: tuple[str, ...] = ("X-4",)) -> Outcome:
    scenario = {"scenario": "Late", "rules": ["X-4"], "pack": "small", "start": "2026-03-02", "people": {}}
    step = StepResult(
        number=2,
        line=17,
        at="2026-03-02T10:00",
        by="li",
        title="step accept",
        note="a normal one",
        rules=rules,
        answers=(),
        differences=differences,
    )
    return Outcome(
        scenario=Scenario.model_validate({**scenario, "steps": [{"at": "2026-03-02"}] * 3}),
        file=Path("late.yaml"),
        pack=load_pack(write_pack(tmp_path / "small")),
        steps=[step],
    )


def test_a_difference_is_told_with_its_place_its_instant_and_its_rule(tmp_path: Path) -> None:
    assert report(outcome(tmp_path, DUE)) == [
        "✗ late.yaml:17: step 2 of 3 at 2026-03-02T10:00, li: step accept",
        "  a normal one",
        "  clock reply.due_at",
        '    expected  "2026-03-05T24:00"',
        '    came      "2026-03-11T00:00"',
        f"  rule  X-4 Art.4  答复 Reply (sla.clocks[reply], {tmp_path}/small/sla.yaml:4)",
    ]


def test_all_differences_of_a_step_are_told_and_then_all_its_rules(tmp_path: Path) -> None:
    other = Difference("case status", '"done"', '"open"')

    lines = report(outcome(tmp_path, replace(DUE, element=""), other, rules=("X-2", "X-3")))

    assert [line.split()[0] for line in lines[2:]] == [
        "clock",
        "expected",
        "came",
        "case",
        "expected",
        "came",
        "rule",
        "rule",
    ]
    assert [line.split()[1] for line in lines if line.startswith("  rule")] == ["X-2", "X-3"]


def test_a_rule_that_the_pack_does_not_have_is_said_to_be_none(tmp_path: Path) -> None:
    assert (
        report(outcome(tmp_path, replace(DUE, element=""), rules=("X-99",)))[-1]
        == "  rule  X-99  (the pack does not carry it out)"
    )


def test_nothing_is_told_of_what_does_not_differ(tmp_path: Path) -> None:
    assert report(outcome(tmp_path)) == []


def test_without_a_word_of_the_step_the_rule_is_that_of_what_differs(tmp_path: Path) -> None:
    lines = report(outcome(tmp_path, replace(DUE, cite="X-3 Art.3"), rules=()))

    assert [line.split()[1] for line in lines if line.startswith("  rule")] == ["X-3"]


def test_otherwise_it_is_one_of_the_scenarios(tmp_path: Path) -> None:
    lines = report(outcome(tmp_path, DUE, rules=()))

    assert [line.split()[1] for line in lines if line.startswith("  rule")] == ["X-4"]


def rule_lines(lines: list[str], tmp_path: Path) -> list[str]:
    return [line.replace(f"{tmp_path}/small/", "") for line in lines if line.startswith("  rule")]


def test_the_element_that_differs_is_cited_and_not_another_one_of_its_rule(tmp_path: Path) -> None:
    major = replace(DUE, cite="X-4 Art.4", element="sla.clocks[reply].goals[major]")

    # X-4 is cited by the clock (line 4) and by both goals (lines 10 and 11).
    assert rule_lines(report(outcome(tmp_path, major, rules=())), tmp_path) == [
        "  rule  X-4 Art.4  答复 Reply (sla.clocks[reply].goals[major], sla.yaml:10)"
    ]


def test_what_the_stack_gives_no_citation_for_is_cited_by_its_element(tmp_path: Path) -> None:
    absent = Difference("clock reply", "none", "one", element="sla.clocks[reply]")

    assert rule_lines(report(outcome(tmp_path, absent, rules=())), tmp_path) == [
        "  rule  X-4 Art.4  答复 Reply (sla.clocks[reply], sla.yaml:4)"
    ]


def test_a_refusal_cites_the_gate_whose_message_it_has(tmp_path: Path) -> None:
    refused = Difference(
        "answer", "accepted", "refused", cite="X-3 Art.3", element="intake.steps[close]", text="Not accepted"
    )
    status = Difference("case status", "done", "open", element="intake.steps[close]")

    (line,) = rule_lines(report(outcome(tmp_path, refused, rules=())), tmp_path)
    assert "(intake.steps[close].require[0], " in line
    (line,) = rule_lines(report(outcome(tmp_path, status, rules=())), tmp_path)
    assert "(intake.steps[close], " in line


def test_a_rule_of_an_element_that_is_not_cited_is_that_of_the_element_around_it(tmp_path: Path) -> None:
    inside = Difference("x", "1", "2", element="intake.steps[accept].input[note]")

    (line,) = rule_lines(report(outcome(tmp_path, inside, rules=())), tmp_path)
    assert line.startswith("  rule  X-2 Art.2  ")


def test_of_several_elements_that_have_nothing_to_do_with_what_differs_none_is_named(tmp_path: Path) -> None:
    paid = Difference("ERP payments", '["5.00"]', "[]")

    assert rule_lines(report(outcome(tmp_path, paid, rules=())), tmp_path) == [
        "  rule  X-4 Art.4  (3 elements cite it: `redress policy show small`)"
    ]


def test_each_rule_is_told_once(tmp_path: Path) -> None:
    twice = (
        replace(DUE, element="sla.clocks[reply]"),
        replace(DUE, where="clock reply.state", element="sla.clocks[reply]"),
    )

    assert len(rule_lines(report(outcome(tmp_path, *twice, rules=("X-4",))), tmp_path)) == 1
