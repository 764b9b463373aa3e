"""What publication says of steps that withdraw remedies."""

from pathlib import Path

import pytest

from tests.support.packs import INTAKE, NOTIFY, said, write_pack
from tests.unit.packs.test_currencies import REMEDY

LABEL = "label: {zh: 更正, en: Corrected}, cite: X-7 Art.7"
SWAP = REMEDY.format(currency="CNY")


def found(tmp_path: Path, rows: str, *, settlement: str = SWAP, notify: str = NOTIFY, more: str = "") -> list[str]:
    step = f"    withdraws: [{rows}]\n{more}    milestones: [case.accepted]\n"
    intake = INTAKE.replace("    milestones: [case.accepted]\n", step)
    folder = write_pack(tmp_path / "small", intake=intake, settlement=settlement, notify=notify)
    return [line.partition(": ")[2] for line in said(folder)]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (f"{{remedies: [swap], {LABEL}}}", None),
        (f"{{remedies: all, {LABEL}}}", None),
        (f"{{remedies: [swap], when: facts.severity == 'major', {LABEL}}}, {{remedies: all, {LABEL}}}", None),
        (f"{{remedies: [swop], {LABEL}}}", "steps[accept].withdraws[0].remedies[0]: no remedy swop; swap?"),
        (
            f"{{remedies: all, {LABEL}}}, {{remedies: [swap], {LABEL}}}",
            "steps[accept].withdraws[1].remedies: a row above withdraws these already; take one of the two out",
        ),
        (
            f"{{remedies: [swap, swap], {LABEL}}}",
            "steps[accept].withdraws[0].remedies: a remedy stands twice in the row",
        ),
        (
            f"{{remedies: all, when: \"'case.accepted' in milestones\", {LABEL}}}",
            "steps[accept].withdraws[0].when: milestones are those from before the step, which reaches case.accepted",
        ),
        (f"{{remedies: all, when: facts.colour == 'red', {LABEL}}}", "steps[accept].withdraws[0].when: no fact colour"),
    ],
)
def test_a_row_names_remedies_that_there_are_once(tmp_path: Path, rows: str, message: str | None) -> None:
    lines = found(tmp_path, rows)
    assert lines == [] if message is None else [line for line in lines if line.startswith(message)], lines


def test_a_pack_without_remedies_has_none_to_withdraw(tmp_path: Path) -> None:
    assert found(tmp_path, f"{{remedies: all, {LABEL}}}", settlement="{}\n") == [
        "steps[accept].withdraws[0].remedies: the pack has no remedies, so no remedy can be open; take `withdraws` out"
    ]


def test_a_step_that_changes_the_type_finds_quotes_alone(tmp_path: Path) -> None:
    more = "    case_types: [complaint]\n    becomes: claim\n"
    claim = '  - {id: claim, label: {zh: 索赔, en: Claim}, cite: X-1 Art.1, number: "K-{seq:5}", initial: open, channels: [web]}\n'
    step = f"    withdraws: [{{remedies: all, {LABEL}}}]\n{more}    milestones: [case.accepted]\n"
    intake = INTAKE.replace("    milestones: [case.accepted]\n", step).replace("statuses:\n", f"{claim}statuses:\n")
    lines = said(write_pack(tmp_path / "small", intake=intake, settlement=SWAP))
    assert [line for line in lines if "withdraw them in a step of its own before" in line] != [], lines


@pytest.mark.parametrize("event", ["remedy.withdrawn", "remedy.not_withdrawn"])
def test_the_events_happen_only_where_a_step_withdraws(tmp_path: Path, event: str) -> None:
    notify = NOTIFY.replace("on: case.closed", f"on: {event}")
    assert found(tmp_path, f"{{remedies: all, {LABEL}}}", notify=notify) == []
    lines = said(write_pack(tmp_path / "none", settlement=SWAP, notify=notify))
    assert any("it never happens, because no step `withdraws` remedies" in line for line in lines), lines
