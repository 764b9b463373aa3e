"""An author sees every fault of a pack in one run, each at its own line, and none that only follows from another."""

from pathlib import Path

import pytest

from tests.support.packs import FAULTY_REMEDY, INTAKE, NOTIFY, PACK, SLA, edited, errors, line_of, said, write_pack

CLOCK = """\
clocks:
  - id: reply
    label: {zh: 答复, en: Reply}
    cite: X-4 Art.4
    start: case.accepted
    stop: [case.accepted, case.closed]
    pause_on: [case.closed]
    goals:
      - id: first
        calendar: every-day
        cite: X-4 Art.4
      - id: second
        duration: {amount: 1, unit: hour}
        counts_first_day: true
        snap_to: every-day
        roll_to: every-day
        calendar: every-day
        cite: X-4 Art.4
    warn:
      - {percent: 10, before: {amount: 1, unit: day}}
"""


def test_faults_of_one_clock_are_as_many_findings(tmp_path: Path) -> None:
    sla = SLA.partition("clocks:")[0] + CLOCK
    at = {
        text: line_of(sla, text)
        for text in ("start:", "pause_on:", "- id: first", "counts_first", "snap_to", "percent")
    }
    assert errors(write_pack(tmp_path / "small", sla=sla)) == [
        f"sla.yaml:{at['start:']}: clocks[reply].start: case.accepted starts and ends the same clock",
        f"sla.yaml:{at['pause_on:']}: clocks[reply].pause_on: `pause_on` and `resume_on` belong together",
        f"sla.yaml:{at['- id: first']}: clocks[reply].goals[first]: a goal has either `duration` or `at`",
        (
            f"sla.yaml:{at['counts_first']}: clocks[reply].goals[second].counts_first_day: "
            "`counts_first_day` is for a duration in days or weeks"
        ),
        f"sla.yaml:{at['snap_to']}: clocks[reply].goals[second].snap_to: a goal has either `roll_to` or `snap_to`",
        f"sla.yaml:{at['percent']}: clocks[reply].warn[0]: a warning has either `percent` or `before`",
    ]


CALENDAR = """\
calendars:
  - id: every-day
    kind: working
    country: XX
    make_up_day_as: sun
    shifts:
      - {days: [mon], opens: "12:00", closes: "08:00"}
    overrides:
      - {on: 2026-05-04, until: 2026-05-01, name: {zh: 假, en: off}}
"""


def test_faults_of_one_calendar_are_as_many_findings(tmp_path: Path) -> None:
    sla = CALENDAR + "clocks:" + SLA.partition("clocks:")[2]
    assert said(write_pack(tmp_path / "small", sla=sla)) == [
        "sla.yaml:4: calendars[every-day].country: no public holidays are known for XX",
        (
            "sla.yaml:4: calendars[every-day].country: "
            "say with confirmed_until how far the public holidays of XX are announced"
        ),
        "sla.yaml:5: calendars[every-day].make_up_day_as: `make_up_day_as` names a weekday without hours",
        (
            "sla.yaml:7: calendars[every-day].shifts[0].closes: "
            "a window closes after it opens; one over midnight is written as two"
        ),
        "sla.yaml:9: calendars[every-day].overrides[0].until: `until` is before `on`",
    ]


INDICATOR = """\
indicators:
  - id: speed
    label: {zh: 速度, en: Speed}
    cite: X-5 Art.5
    every: month
    measure:
      share: {of: case.closed, done: case.closed}
      count: {of: case.closed}
    target: {at_least: "101"}
"""


def test_faults_of_one_indicator_are_as_many_findings(tmp_path: Path) -> None:
    sla = SLA + INDICATOR
    first = line_of(sla, "measure:")
    assert said(write_pack(tmp_path / "small", sla=sla)) == [
        f"sla.yaml:{first}: indicators[speed].measure: a measure is one of `average_days`, `share`, `count` and `sum`",
        f"sla.yaml:{first + 1}: indicators[speed].measure.share.done: case.closed is compared with itself",
        f"sla.yaml:{first + 3}: indicators[speed].target.at_least: a share is at most 100 percent",
    ]


def test_faults_of_one_remedy_are_as_many_findings(tmp_path: Path) -> None:
    def at(text: str) -> str:
        return f"settlement.yaml:{line_of(FAULTY_REMEDY, text)}: remedies[refund]."

    assert said(write_pack(tmp_path / "small", settlement=FAULTY_REMEDY)) == [
        f"{at('mode:')}mode: money needs `payout`",
        f"{at('formula:')}steps[total].formula: no inputs.amont; amount?",
        f"{at('result:')}result: no step `totl`",
        f"{at('figures:')}figures[0].step: no step `other`",
        f"{at('postings:')}postings: net and tax are posted, but there is no `tax`",
        f"{at('postings:')}postings: post gross, or net and tax",
        f"{at('postings:')}postings[0].credit: a posting debits and credits the same account",
    ]


def test_a_malformed_part_does_not_hide_what_is_wrong_elsewhere(tmp_path: Path) -> None:
    """A goal with a misspelt key, a step with a wrong status, a rule of an unknown role: three files, three faults."""
    changed = {
        **edited("sla", "{id: major, when", "{id: major, wenn"),
        **edited("intake", "goto: done", "goto: dnoe"),
        **edited("notify", "role: customer", "role: custommer"),
    }
    assert errors(write_pack(tmp_path / "small", **changed)) == [
        f"intake.yaml:{line_of(INTAKE, 'goto: done')}: steps[close].goto: no status dnoe; done?",
        f"sla.yaml:{line_of(SLA, 'id: major')}: clocks[reply].goals[major].wenn: unknown key",
        f"notify.yaml:{line_of(NOTIFY, 'role: customer')}: rules[tell].recipients[0].role: no role custommer",
    ]


def test_a_malformed_part_does_not_hide_another_part_of_its_section(tmp_path: Path) -> None:
    second = "  - {id: other, label: {zh: 他, en: Other}, cite: X-4 Art.4, start: case.accepted, stop: [case.closd],\n"
    second += "     goals: [{id: g, duration: {amount: 1, unit: day}, calendar: every-night, cite: X-4 Art.4}]}\n"
    sla = SLA.replace("amount: 9", "amount: nine") + second
    last = line_of(sla, "id: other")
    assert said(write_pack(tmp_path / "small", sla=sla)) == [
        (f"sla.yaml:{line_of(SLA, 'amount: 9')}: clocks[reply].goals[major].duration.amount: write a whole number"),
        f"sla.yaml:{last}: clocks[other].stop[0]: no event case.closd; case.closed?",
        f"sla.yaml:{last + 1}: clocks[other].goals[g].calendar: no calendar every-night",
    ]


def test_what_a_malformed_part_declares_is_not_unknown(tmp_path: Path) -> None:
    """The step that reaches case.accepted has an unknown key; clocks and gates may name the milestone all the same."""
    changed = edited("intake", "    milestones: [case.accepted]\n", "    milestones: [case.accepted]\n    golo: x\n")
    assert said(write_pack(tmp_path / "small", **changed)) == [
        f"intake.yaml:{line_of(INTAKE, 'milestones: [case.accepted]') + 1}: steps[accept].golo: unknown key"
    ]


def test_a_fact_of_a_wrong_type_is_one_fault_however_often_it_is_read(tmp_path: Path) -> None:
    changed = edited(
        "intake",
        "id: severity, label: {zh: 程度, en: Severity}, type: choice",
        "id: severity, label: {zh: 程度, en: Severity}, type: choise",
    )
    assert [line.partition(": ")[2].partition(":")[0] for line in said(write_pack(tmp_path / "small", **changed))] == [
        "facts[severity].type"
    ]


@pytest.mark.parametrize(("section", "text"), [("intake", INTAKE), ("sla", SLA), ("pack", PACK), ("notify", NOTIFY)])
def test_a_yaml_error_stands_alone_and_first(tmp_path: Path, section: str, text: str) -> None:
    """What cannot be read is one error; faults of the other files that do not hang on it follow."""
    broken = text + "  broken: [1, 2\n"
    settlement = "approval:\n  - {up_to: null, roles: [leader, leader], cite: X-6 Art.6}\n"
    found = said(write_pack(tmp_path / "small", **{section: broken, "settlement": settlement}))

    assert len(found) == 2, found
    assert found[0].startswith(f"{section}.yaml:")
    assert "not YAML" in found[0]
    assert found[1].startswith("settlement.yaml:2: approval[0].roles: a role appears twice")


def test_a_pack_with_warnings_and_an_error_of_shape_is_told_the_error_first_of_all(tmp_path: Path) -> None:
    """Warnings about the whole pack wait until its parts can be read."""
    changed = edited("intake", "    goto: done\n", "    goto: 5\n")
    assert [line.partition(" ")[2] for line in said(write_pack(tmp_path / "small", **changed))] == [
        "steps[close].goto: write text"
    ]


def a_clock(name: str, *, unit: str = "day", stop: str = "case.closed") -> str:
    goal = f"{{id: only, duration: {{amount: 1, unit: {unit}}}, calendar: every-day, cite: X-4 Art.4}}"
    return (
        f"  - {{id: {name}, label: {{zh: 时, en: Time}}, cite: X-4 Art.4, start: case.accepted, stop: [{stop}], "
        f"goals: [{goal}]}}\n"
    )


def test_a_fault_after_malformed_items_of_a_list_stands_at_its_own_line(tmp_path: Path) -> None:
    """Items 0, 1 and 3 of five cannot be read; what is wrong in items 2 and 4 is told at their lines."""
    sla = SLA.partition("clocks:")[0] + "clocks:\n"
    sla += a_clock("a", unit="moon") + a_clock("b", unit="moon") + a_clock("c", stop="case.closd")
    sla += a_clock("d", unit="moon") + a_clock("e", stop="case.closd")
    wrong_unit = "duration.unit: write"
    assert [text.partition(" 'minute'")[0] for text in errors(write_pack(tmp_path / "small", sla=sla))] == [
        f"sla.yaml:{line_of(sla, 'id: a,')}: clocks[a].goals[only].{wrong_unit}",
        f"sla.yaml:{line_of(sla, 'id: b,')}: clocks[b].goals[only].{wrong_unit}",
        f"sla.yaml:{line_of(sla, 'id: c,')}: clocks[c].stop[0]: no event case.closd; case.closed?",
        f"sla.yaml:{line_of(sla, 'id: d,')}: clocks[d].goals[only].{wrong_unit}",
        f"sla.yaml:{line_of(sla, 'id: e,')}: clocks[e].stop[0]: no event case.closd; case.closed?",
    ]


def test_a_section_of_which_too_little_is_left_does_not_hide_the_others(tmp_path: Path) -> None:
    """No case type is left; the settlement section is checked all the same, and no name of intake counts as unknown."""
    changed = {
        **edited("intake", 'number: "C-{seq:5}"', "number: C"),
        "settlement": "approval:\n  - {up_to: null, roles: [leader, boss], cite: X-6 Art.6}\n",
    }
    found = errors(write_pack(tmp_path / "small", **changed))
    assert [text.partition(": ")[2] for text in found] == [
        "case_types[complaint].number: a number counts once, with dates where wanted: `QO-{yyyy}{mm}-{seq:5}`",
        "approval[0].roles[1]: no role boss",
    ]
