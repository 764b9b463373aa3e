"""What a pack carries out, and which of its scenarios prove it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from operate.policy_commands import app
from operate.policy_coverage import Coverage, coverage, table
from shared.packs.publishing.load import load_pack
from tests.support.packs import edited, write_pack

SCENARIO = """\
scenario: Closed after it was accepted
rules: [X-2, X-9]
pack: ..
start: 2026-03-02T09:00
people:
  li: {roles: [clerk]}
steps:
  - at: 2026-03-02T09:30
    rule: X-3, X-4
  - at: 2026-03-02T10:00
    rule: X-3
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = write_pack(tmp_path / "small")
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / "closed.yaml").write_text(SCENARIO, encoding="utf-8")
    return folder


def covered(folder: Path) -> Coverage:
    return coverage(load_pack(folder))


def test_each_rule_stands_where_the_pack_carries_it_out(folder: Path) -> None:
    carried = {rule.rule: [(each.what, each.place) for each in rule.carried] for rule in covered(folder).rules}

    assert carried["X-3"] == [
        ("intake.steps[close]", "intake.yaml:24"),
        ("intake.steps[close].require[0]", "intake.yaml:30"),
    ]
    assert carried["X-4"] == [
        ("sla.clocks[reply]", "sla.yaml:4"),
        ("sla.clocks[reply].goals[major]", "sla.yaml:10"),
        ("sla.clocks[reply].goals[normal]", "sla.yaml:11"),
    ]
    assert carried["X-9"] == []


def test_a_rule_is_proved_by_the_scenario_that_names_it_and_by_the_step_that_does(folder: Path) -> None:
    proved = {rule.rule: [each.place for each in rule.proved] for rule in covered(folder).rules}

    assert proved == {
        "X-1": [],
        "X-2": ["scenarios/closed.yaml:2"],
        "X-3": ["scenarios/closed.yaml:9"],
        "X-4": ["scenarios/closed.yaml:9"],
        "X-5": [],
        "X-9": ["scenarios/closed.yaml:2"],
    }


def test_what_is_not_covered_is_said(folder: Path) -> None:
    found = covered(folder)
    lines = table(found)

    assert [rule.rule for rule in found.unproved] == ["X-1", "X-5"]
    assert [rule.rule for rule in found.unknown] == ["X-9"]
    assert lines[0] == "small: 5 rules carried out, 3 of them proved by a scenario"
    assert "X-5   notify.rules[tell]               notify.yaml:9   no scenario" in lines
    assert "      intake.steps[close].require[0]   intake.yaml:30" in lines
    assert lines[-4:] == [
        "Without a scenario: X-1, X-5",
        "",
        "Named by scenarios, but not carried out by the pack:",
        "X-9  scenarios/closed.yaml:2",
    ]


def test_what_an_extended_pack_carries_out_stands_in_its_file(tmp_path: Path) -> None:
    write_pack(tmp_path / "small")
    child = tmp_path / "child"
    child.mkdir()
    (child / "pack.yaml").write_text("id: child\nextends: small\n", encoding="utf-8")

    rules = {rule.rule: rule for rule in covered(child).rules}

    assert rules["X-5"].carried[0].place == f"{tmp_path}/small/notify.yaml:9"


def test_a_wrong_scenario_is_told_with_its_line_and_does_not_stop_the_others(folder: Path) -> None:
    before = covered(folder)
    (folder / "scenarios" / "aaa.yaml").write_text("scenario: [a\n", encoding="utf-8")
    (folder / "scenarios" / "wrong.yaml").write_text(SCENARIO.replace("pack: ..", "pakc: .."), encoding="utf-8")
    found = covered(folder)

    assert found.rules == before.rules
    assert not found.is_whole
    assert "aaa.yaml:1" in found.faults[0]
    assert any("wrong.yaml:3: pakc" in fault for fault in found.faults)
    assert table(found)[-len(found.faults) - 1] == "Faulty scenarios, which prove nothing:"


def test_the_command_tells_and_strict_fails(folder: Path) -> None:
    told = CliRunner().invoke(app, ["coverage", str(folder)])
    strict = CliRunner().invoke(app, ["coverage", str(folder), "--strict"])

    assert told.exit_code == 0
    assert "no scenario" in told.output
    assert (strict.exit_code, strict.output) == (1, told.output)


def test_strict_passes_when_everything_is_proved(folder: Path) -> None:
    whole = SCENARIO.replace("[X-2, X-9]", "[X-1, X-2, X-5]")
    (folder / "scenarios" / "closed.yaml").write_text(whole, encoding="utf-8")

    assert CliRunner().invoke(app, ["coverage", str(folder), "--strict"]).exit_code == 0


def test_without_a_name_all_packs_are_told() -> None:
    told = CliRunner().invoke(app, ["coverage"])

    assert told.exit_code == 0
    assert "laigang: " in told.output


def test_a_pack_with_faults_has_no_coverage(tmp_path: Path) -> None:
    folder = write_pack(tmp_path / "small", **edited("pack", "owner: Somebody", "owner: 5"))

    assert "owner" in str(CliRunner().invoke(app, ["coverage", str(folder)]).exception)
