"""A wrong scenario is refused with file and line before anything runs; a right one means what it says."""

from pathlib import Path

import pytest

from operate.scenarios.format import Scenario
from operate.scenarios.located import ScenarioInvalid, read
from operate.scenarios.verbs import VERBS, Payout, Register

HEAD = """\
scenario: Title
rules: [LG-38]
pack: laigang
start: 2026-03-05T09:00
people:
  chen: {roles: [business_staff]}
steps:
"""


def parse(tmp_path: Path, text: str) -> Scenario:
    file = tmp_path / "s.yaml"
    file.write_text(text, encoding="utf-8")
    return read(file).parse(Scenario)


def findings(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ScenarioInvalid) as refused:
        parse(tmp_path, text)
    return [finding.removeprefix(f"{tmp_path / 's.yaml'}:") for finding in refused.value.findings]


@pytest.mark.parametrize(
    ("steps", "line", "part"),
    [
        ("  - by: chen\n    regster: {case_type: q}\n", 8, "unknown verb regster"),
        ("  - by: chen\n    register: {}\n", 9, "Field required"),
        ("  - by: chen\n    register: {case_type: q, fact: {}}\n", 9, "Extra inputs"),
        ("  - at: 2026-03-05\n    by: chen\n    approve:\n    decline: {reason: no}\n", 8, "one verb per step"),
        ("  - by: li\n    approve:\n", 5, "`by: li` is not among `people`"),
        ("  - approve:\n", 8, "`by:` is missing"),
        ("  - at: tomorrow\n", 8, "should match pattern"),
        ("  - {}\n", 8, "needs a verb"),
        ("  - at: 2026-03-05\n    refused: {code: x}\n", 8, "needs a verb that is refused"),
        ("  - at: 2026-03-05\n    expect: {clocks: {cycle: {due: 2026-03-06}}}\n", 9, "Extra inputs"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, steps: str, line: int, part: str) -> None:
    found = findings(tmp_path, HEAD + steps)

    assert any(part in finding for finding in found), found
    if "people" not in part and "missing" not in part:
        assert found[0].startswith(f"{line}:")


def test_all_findings_come_at_once(tmp_path: Path) -> None:
    found = findings(tmp_path, HEAD + "  - by: chen\n    payout: {sum: 1}\n  - by: chen\n    evidence: {}\n")

    assert [finding.partition(":")[0] for finding in found] == ["9", "11"]


def test_a_missing_file_and_a_broken_one_are_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(ScenarioInvalid, match="cannot be read"):
        read(tmp_path / "absent.yaml")
    assert findings(tmp_path, HEAD + "  - {by: chen\n")[0].partition(":")[0].isdigit()


def test_a_verb_without_arguments_is_the_verb_with_its_defaults(tmp_path: Path) -> None:
    scenario = parse(tmp_path, HEAD + "  - by: chen\n    payout:\n")

    assert scenario.steps[0].verb() == ("payout", Payout())


def test_amounts_may_be_written_as_people_do(tmp_path: Path) -> None:
    text = HEAD + '  - {by: chen, payout: {amount: 21500.00}}\n  - {by: chen, payout: {amount: "21,500.00"}}\n'

    assert [step.payout.amount for step in parse(tmp_path, text).steps if step.payout] == ["21500.00", "21,500.00"]


def test_register_names_its_case() -> None:
    assert Register.model_validate({"case_type": "q", "as": "second"}).name == "second"


def test_the_documentation_lists_every_verb_and_expectation() -> None:
    from operate.scenarios.expectations import Expect  # noqa: PLC0415

    text = Path("tests/scenarios/README.md").read_text(encoding="utf-8")
    missing = [name for name in (*VERBS, *Expect.model_fields, *Scenario.model_fields) if f"`{name}`" not in text]

    assert missing == []
