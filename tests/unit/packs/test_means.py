"""An event that cannot happen in a pack, or not to the cases that a place is about, is refused there."""

from pathlib import Path

import pytest

from tests.support.packs import FAULTY_REMEDY, INTAKE, NOTIFY, SLA, errors, write_pack

QUERY = '  - {id: query, label: {zh: 询, en: Query}, cite: X-1 Art.1, number: "Q-{seq:5}", initial: open, channels: [web]}\n'
INTAKE_OF_TWO = INTAKE.replace("statuses:\n", QUERY + "statuses:\n").replace(
    "    from: [open]\n    roles: [clerk]", "    case_types: [complaint]\n    from: [open]\n    roles: [clerk]"
)
STEP = """\
  - id: look
    label: {zh: 看, en: Look}
    cite: X-2 Art.2
    case_types: [query]
    from: [open]
    roles: [clerk]
    require:
      - {that: "'case.accepted' in milestones", code: no, cite: X-2 Art.2, message: {zh: 否, en: "No"}}
"""
INDICATOR = """\
indicators:
  - {id: count, label: {zh: 数, en: Count}, cite: X-5 Art.5, every: month, case_types: [query], measure: {count: {of: case.accepted}}}
"""
NO_STEP = "it never happens, because no step that reaches it is for cases of type query"


def told(folder: Path) -> list[str]:
    return [text.partition(": ")[2] for text in errors(folder)]


def test_a_milestone_of_another_type_of_case_has_no_effect(tmp_path: Path) -> None:
    sla = SLA.replace("    start: case.accepted", "    case_types: [query]\n    start: case.accepted") + INDICATOR
    assert told(write_pack(tmp_path / "small", intake=INTAKE_OF_TWO + STEP, sla=sla)) == [
        f"steps[look].require[0].that: case.accepted has no effect at `milestones` of an intake expression: {NO_STEP}",
        f"clocks[reply].start: case.accepted has no effect at a clock's `start`: {NO_STEP}",
        f"indicators[count].measure.count.of: case.accepted has no effect at the measure of an indicator: {NO_STEP}",
    ]


def test_a_milestone_of_the_type_itself_or_of_all_has_one(tmp_path: Path) -> None:
    sla = SLA.replace("    start: case.accepted", "    case_types: [complaint]\n    start: case.accepted")
    assert told(write_pack(tmp_path / "small", intake=INTAKE_OF_TWO, sla=sla)) == []


@pytest.mark.parametrize(
    ("event", "why"),
    [
        ("remedy.accepted", "no remedy is in the pack"),
        ("case.purged", "no `retention` rule is for any case"),
        ("clock.extended", "no clock for any case has an `extension`"),
        ("extension.requested", "no clock for any case has an `extension`"),
        ("clock.excused", "no clock for any case is `excusable`"),
        ("clock.warned", "no clock for any case warns"),
        ("evidence.added", "the pack has no kind of `evidence`"),
    ],
)
def test_an_event_without_its_means_has_no_effect(tmp_path: Path, event: str, why: str) -> None:
    notify = NOTIFY.replace("on: case.closed", f"on: {event}")
    assert told(write_pack(tmp_path / "small", notify=notify)) == [
        f"rules[tell].on: {event} has no effect at `on` of a notify rule: it never happens, because {why}"
    ]


@pytest.mark.parametrize("event", ["remedy.goods_returned", "remedy.certificate_recorded"])
def test_an_event_of_another_kind_of_remedy_has_no_effect(tmp_path: Path, event: str) -> None:
    settlement = FAULTY_REMEDY.replace("inputs.amont", "inputs.amount")
    found = told(write_pack(tmp_path / "small", settlement=settlement, notify=NOTIFY.replace("case.closed", event)))
    # The remedy of that text is malformed in other ways; nothing of its shape is.
    assert any(text.startswith(f"rules[tell].on: {event} has no effect") for text in found), found


def test_a_clock_that_a_purge_would_cancel_needs_a_rule_of_retention(tmp_path: Path) -> None:
    sla = SLA.replace("    goals:\n", "    cancel_on: [case.purged]\n    goals:\n", 1)
    assert told(write_pack(tmp_path / "small", sla=sla)) == [
        (
            "clocks[reply].cancel_on[0]: case.purged has no effect at a clock's `cancel_on`: it never happens, because "
            "no `retention` rule is for any case"
        )
    ]


@pytest.mark.parametrize(
    ("name", "guess"), [("setlement.yaml", "; settlement.yaml?"), ("sla.yml", "; sla.yaml?"), ("rules.yaml", "")]
)
def test_a_file_that_is_no_section_is_refused_by_name(tmp_path: Path, name: str, guess: str) -> None:
    folder = write_pack(tmp_path / "small")
    if guess:
        (folder / guess.strip("; ?")).unlink()
    (folder / name).write_text("{}\n", encoding="utf-8")
    found = errors(folder)
    assert found == [
        f"{name}:1: no file of a pack, which has pack.yaml, intake.yaml, sla.yaml, settlement.yaml, notify.yaml{guess}"
    ]
