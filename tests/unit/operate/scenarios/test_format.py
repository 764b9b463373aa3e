"""A wrong scenario is refused with file and line before anything runs; a right one means what it says."""

import json
from pathlib import Path
from typing import get_args

import pytest

from operate.scenarios.format import Scenario
from operate.scenarios.located import ScenarioInvalid, read
from operate.scenarios.registry import EXPECTATIONS, VERBS
from operate.scenarios.verbs.call import Call
from operate.scenarios.verbs.payout import Payout
from operate.scenarios.verbs.register import Register
from services.notify.messages import rules as message
from services.settlement.remedies.rules import states as remedy
from services.sla.clocks.rules import clock
from shared.contracts.intake import DocumentRefV1

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
        ("  - by: chen\n    regster: {case_type: q}\n", 8, "unknown verb `regster` (is `register` meant?)"),
        ("  - by: chen\n    register: {}\n", 9, "case_type: is missing"),
        ("  - by: chen\n    register: {case_type: q, fact: {}}\n", 9, "is not known here"),
        ("  - at: 2026-03-05\n    by: chen\n    approve:\n    decline: {reason: no}\n", 8, "one verb per step"),
        ("  - at: tomorrow\n", 8, "`tomorrow` is no instant"),
        ("  - at: 2026-02-30T10:00\n", 8, "`2026-02-30T10:00` is no instant"),
        ("  - at: 2026-03-05T24:30\n", 8, "is no instant"),
        ("  - {by: chen, publish: {pack: p, effective_from: 2026-04-31}}\n", 8, "`2026-04-31` is no day"),
        ("  - {by: chen, payout: {amount: much}}\n", 8, "`much` is no amount"),
        ("  - {by: chen, payout: {amount: [1]}}\n", 8, "must be text"),
        ("  - {by: chen, repeat: many, payout: }\n", 8, "must be a whole number"),
        ("  - {by: chen, repeat: 2, times: 2, payout: }\n", 8, "no `repeat` beside it"),
        ("  - {at: 2026-03-05, times: 2}\n", 8, "`times` needs a verb"),
        ("  - {by: chen, at_once: 1, payout: }\n", 8, "must be at least 2"),
        ("  - {by: chen, at_once: 2, repeat: 2, payout: }\n", 8, "no `repeat` or `times` beside it"),
        ("  - {at: 2026-03-05, at_once: 2}\n", 8, "`at_once` needs a verb"),
        ("  - {by: chen, at_once: [{payout: }, {payout: }]}\n", 8, "each has its own verb"),
        ("  - at_once:\n      - {by: chen, payout: }\n      - {by: chen}\n", 10, "needs a verb"),
        (
            "  - at_once:\n      - {by: c, payout: , expect: {status: x}}\n      - {by: c, payout: }\n",
            9,
            "only the step",
        ),
        ("  - {by: chen, key: k, times: 2, payout: }\n", 8, "no `key` beside it"),
        ("  - {by: chen, key: 钥, payout: }\n", 8, "key"),
        ("  - {by: chen, payout: , refused: {code: x}, expect: {answers: {200: 1}}}\n", 8, "either `refused`"),
        ("  - {by: chen, payout: , expect: {milestones: {}}}\n", 8, "give the whole list"),
        ("  - {by: chen, replay: {to: nowhere}}\n", 8, "must be one of"),
        ("  - by: chen\n    by: chen\n    approve:\n", 9, "duplicate key"),
        ("  - {}\n", 8, "needs a verb"),
        ("  - at: 2026-03-05\n    refused: {code: x}\n", 8, "need a verb that is answered"),
        ("  - at: 2026-03-05\n    expect: {clocks: {cycle: {due: 2026-03-06}}}\n", 9, "is not known here"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, steps: str, line: int, part: str) -> None:
    found = findings(tmp_path, HEAD + steps)

    assert any(part in finding for finding in found), found
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

    assert scenario.steps[0].verb() == Payout()


def test_amounts_may_be_written_as_people_do(tmp_path: Path) -> None:
    text = HEAD + '  - {by: chen, payout: {amount: 21500.00}}\n  - {by: chen, payout: {amount: "21,500.00"}}\n'

    verbs = [step.verb() for step in parse(tmp_path, text).steps]

    assert [verb.amount for verb in verbs if isinstance(verb, Payout)] == ["21500.00", "21,500.00"]


def test_register_names_its_case() -> None:
    assert Register.model_validate({"case_type": "q", "as": "second"}).name == "second"


@pytest.mark.parametrize("written", ["2026-03-05T09:00", "2026-03-05 09:00", "2026-03-05T09:00+08:00", "2026-03-05"])
def test_instants_may_be_written_as_people_do(tmp_path: Path, written: str) -> None:
    assert parse(tmp_path, HEAD + f"  - at: {written}\n").steps[0].at == written


def test_the_documentation_lists_every_verb_and_expectation() -> None:
    text = Path("tests/scenarios/README.md").read_text(encoding="utf-8")
    missing = [name for name in (*VERBS, *EXPECTATIONS, *Scenario.model_fields) if f"`{name}`" not in text]

    assert missing == []


def test_every_published_operation_can_be_a_step() -> None:
    """By `call`, which sends JSON, or by `evidence`, the one upload."""
    beyond = set()
    for file in Path("docs/api").glob("openapi-*.json"):
        service = file.stem.removeprefix("openapi-")
        for path, operations in json.loads(file.read_text(encoding="utf-8"))["paths"].items():
            for method, operation in operations.items():
                Call.model_validate({"service": service, "method": method.upper(), "path": path})
                if set(operation.get("requestBody", {}).get("content", {"application/json": {}})) != {
                    "application/json"
                }:
                    beyond.add((service, method, path))

    assert beyond == {
        ("intake", "post", "/v1/cases/{case_id}/evidence"),
        ("intake", "post", "/v1/my/cases/{case_id}/evidence"),
    }


def test_the_documentation_lists_every_state() -> None:
    text = Path("tests/scenarios/README.md").read_text(encoding="utf-8")
    states = [*clock.Status, *remedy.State, *message.State, *get_args(DocumentRefV1.model_fields["state"].annotation)]

    assert [state for state in states if f"`{state}`" not in text] == []
