"""A scenario file shows all its faults at once: of YAML, of shape, of names that no pack has."""

from pathlib import Path

import pytest

from tests.unit.operate.scenarios.test_load import REGISTER, refused


def told(tmp_path: Path, steps: str) -> list[str]:
    return [finding.partition(": ")[2] for finding in refused(tmp_path, steps)]


def test_a_malformed_argument_hides_no_other_fault_of_its_step(tmp_path: Path) -> None:
    step = "  - {by: li, repeat: often, step: {id: analse, input: 5}, expect: {clocks: {cicle: {state: met}}}}\n"
    found = told(tmp_path, REGISTER + step)
    assert [text.partition(":")[0] for text in found] == [
        "steps[1].repeat",
        "steps[1].step.input",
        "steps[1].by",
        "steps[1].step.id",
        "steps[1].expect.clocks.cicle",
    ]


def test_requests_side_by_side_are_checked_one_by_one(tmp_path: Path) -> None:
    step = (
        "  - at_once:\n"
        "      - {by: chen, step: {id: analse}}\n"
        "      - {by: chen, key: 5, evidence: {kind: photo, base64: abc}}\n"
        "      - {by: chen, evidence: {kind: phto, text: x}}\n"
    )
    found = told(tmp_path, REGISTER + step)
    assert any("at_once[0].step.id" in text or "at_once.requests" in text for text in found), found
    for words in ("no step `analse`", "not valid base64", "must be text", "no evidence `phto`"):
        assert any(words in text for text in found), (words, found)


def test_a_fault_of_yaml_hides_no_other(tmp_path: Path) -> None:
    steps = REGISTER + "  - {by: chen, by: chen, step: {id: analse}}\n  - {by: li, note: a, b, step: {id: route}}\n"
    found = told(tmp_path, steps)
    for words in ("duplicate key", "a comma ends a value", "no step `analse`", "`li` is not among `people`"):
        assert any(words in text for text in found), (words, found)


@pytest.mark.parametrize(
    ("expect", "fault"),
    [
        ("ledger: {sales_retuns: '0'}", "expect.ledger.sales_retuns: the pack has no account `sales_retuns`"),
        ("next: {absent: [analse]}", "expect.next.absent[0]: the pack has no step `analse`"),
        ("next: {refused: {analse: x}}", "expect.next.refused.analse: the pack has no step `analse`"),
        ("messages: [{rule: registred}]", "expect.messages[0].rule: the pack has no message rule `registred`"),
        ("messages: [{event: case.acepted}]", "expect.messages[0].event: the pack has no milestone `case.acepted`"),
        ("messages: [{count: -1}]", "expect.messages[0].count: must be at least 0"),
        ("links: {rectification: {count: 1}}", "expect.links.rectification: the pack has no relation `rectification`"),
        ("webhooks: {remedy.exected: 1}", "no event `remedy.exected` is published"),
        ("status: acepted", "expect.status: the pack has no status `acepted`"),
        ("milestones: [case.acepted]", "expect.milestones[0]: the pack has no milestone `case.acepted`"),
        ("clocks: {cycle: {state: runing}}", "`runing` is none of undated, running"),
        ("clocks: {cycle: {goal: normle}}", "expect.clocks.cycle.goal: the pack has no goal `cycle.normle`"),
        ("clocks: {cycle: {absent: yes}}", "must be true or false, without quotes (`yes` and `no` are text)"),
        ("documents: {result_notice: {state: finale}}", "`finale` is none of draft, signing, final, superseded"),
        (
            "documents: {result_notice: {fields: {amount_minr: 1}}}",
            "expect.documents.result_notice.fields.amount_minr: the pack has no document field",
        ),
        ("remedies: {price_difference: {state: aproved}}", "`aproved` is none of"),
        ("answers: {200: -1}", "must be at least 0"),
    ],
)
def test_an_expectation_names_what_there_is(tmp_path: Path, expect: str, fault: str) -> None:
    found = told(tmp_path, REGISTER + f"  - {{at: 2026-03-06T09:00, expect: {{{expect}}}}}\n")
    assert len(found) == 1, found
    assert fault in found[0]


@pytest.mark.parametrize(
    ("evidence", "fault"),
    [
        ("base64: abc", "`base64` is not valid base64"),
        ("base64: ''", "`base64` is empty"),
        ("base64: YQ==, text: a", "either `text` or `base64`"),
    ],
)
def test_the_content_of_evidence_is_one_that_can_be_filed(tmp_path: Path, evidence: str, fault: str) -> None:
    found = told(tmp_path, REGISTER + f"  - {{by: chen, evidence: {{kind: photo, {evidence}}}}}\n")
    assert any(fault in text for text in found), found


@pytest.mark.parametrize("word", ["yes", "no", "'true'"])
def test_a_truth_value_is_true_or_false(tmp_path: Path, word: str) -> None:
    found = told(tmp_path, REGISTER + f"  - {{by: chen, decide_extension: {{clock: cycle, approve: {word}}}}}\n")
    assert any("must be true or false, without quotes (`yes` and `no` are text)" in text for text in found), found
