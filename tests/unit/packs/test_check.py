"""What publication finds across sections."""

from pathlib import Path

import pytest

from shared.packs.publishing.load import load_pack
from tests.support.packs import INTAKE, NOTIFY, SLA, edited, write_pack


def found(folder: Path) -> list[str]:
    return [
        f"{Path(fault.file).stem}: {fault.path}: {fault.severity}: {fault.message}"
        for fault in load_pack(folder).diagnostics
    ]


GATE = "'case.accepted' in milestones"

INDICATOR = """\
indicators:
  - id: done
    label: {zh: 完成率, en: Done}
    cite: X-5 Art.5
    every: month
    case_types: [complaint]
    when: facts.severity == 'major'
    measure: {share: {of: case.accepted, done: case.closed, within: {duration: {amount: 1, unit: day}, calendar: every-day}}}
"""

SUMMED = """\
indicators:
  - id: tonnes
    label: {zh: 吨数, en: Tonnes}
    cite: X-5 Art.5
    every: month
    measure: {sum: {of: case.closed, amount: "number(facts.secret)", unit: t}}
"""


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (edited("sla", "stop: [case.closed]", "stop: [case.closd]"),
         "sla: clocks[reply].stop[0]: error: no event case.closd; case.closed?"),
        (edited("notify", "on: case.closed", "on: case.shut"), "notify: rules[tell].on: error: no event case.shut"),
        (edited("notify", "role: customer", "role: cleark"), "notify: rules[tell].recipients[0].role: error: no role cleark; clerk?"),
        (edited("notify", "template: told", "template: tolt"), "notify: rules[tell].template: error: no template tolt; told?"),
        (edited("sla", "calendar: every-day, cite: X-4 Art.4}\n      - {id: normal", "calendar: weekdays, cite: X-4 Art.4}\n      - {id: normal"),
         "sla: clocks[reply].goals[major].calendar: error: no calendar weekdays"),
        (edited("intake", "roles: [leader]", "roles: [boss]"), "intake: steps[close].roles[0]: error: no role boss"),
        (edited("intake", "goto: done", "goto: dine"), "intake: steps[close].goto: error: no status dine; done?"),
        (edited("intake", GATE, "'case.acepted' in milestones"),
         "intake: steps[close].require[0].that: error: milestones is never 'case.acepted'"),
        (edited("intake", GATE, "parent.facts.tons != null"),
         "intake: steps[close].require[0].that: error: no fact tons; tonnes?"),
        (edited("intake", GATE, "parent.status == 'opened'"),
         "intake: steps[close].require[0].that: error: parent.status is never 'opened'"),
        (edited("intake", GATE, "parent.phase != 'opened'"),
         "intake: steps[close].require[0].that: error: parent.phase is never 'opened'"),
        (edited("intake", GATE, "case.case_type == 'complant'"),
         "intake: steps[close].require[0].that: error: case.case_type is never 'complant'"),
        (edited("intake", GATE, "parent.facts.severity == 'mayor'"),
         "intake: steps[close].require[0].that: error: parent.facts.severity is never 'mayor'"),
        (edited("intake", GATE, "len(links.order) > 0"),
         "intake: steps[close].require[0].that: error: no links.order"),
        (edited("intake", GATE, "some(remedies, #.remedy == 'refunt')"),
         "intake: steps[close].require[0].that: error: remedies.#.remedy is never 'refunt'"),
        (edited("intake", "    goto: done", "    on: [{event: clock.breached, when: event.clock == 'repli'}]\n    goto: done"),
         "intake: steps[close].on[0].when: error: event.clock is never 'repli'"),
        (edited("intake", "initial: normal,", "initial: norml,"),
         "intake: facts[severity].initial: error: 'norml' is no value of type choice"),
        (edited("notify", 'body: "Hello"', 'body: "{{ event.due_at }}"'),
         "notify: templates[told].locales.en.body: error: on case.closed: no `event.due_at`"),
        (edited("notify", "template: told}", "channels: [phone], template: told}"),
         "notify: rules[tell].channels: warning: template told is not written for phone"),
        (edited("sla", "facts.severity == 'major'", "parent.facts.severity == 'major'"),
         "sla: clocks[reply].goals[major].when: error: nothing called parent is known here"),
        (edited("intake", GATE, "facts.tons != null"), "intake: steps[close].require[0].that: error: no fact tons; tonnes?"),
        (edited("intake", GATE, "input.x == 'y'"), "intake: steps[close].require[0].that: error: no input.x"),
        (edited("intake", GATE, "documents.notice.state == 'final'"),
         "intake: steps[close].require[0].that: error: no documents.notice"),
        (edited("intake", GATE, "weather == 'rain'"),
         "intake: steps[close].require[0].that: error: nothing called weather is known here"),
        (edited("intake", GATE, "'boss' in actor.roles"),
         "intake: steps[close].require[0].that: error: actor.roles is never 'boss'"),
        (edited("intake", GATE, "case.status == 'opened'"),
         "intake: steps[close].require[0].that: error: case.status is never 'opened'"),
        (edited("sla", "== 'major'", "== 'mayor'"),
         "sla: clocks[reply].goals[major].when: error: facts.severity is never 'mayor'"),
        (edited("sla", "facts.severity == 'major'", "facts.secret == 'x'"),
         "sla: clocks[reply].goals[major].when: error: facts.secret is not shared with other services"),
        (edited("intake", "milestones: [case.accepted]", "milestones: [case.accepted, clock.breached]"),
         "intake: steps[accept].milestones[1]: error: clock.breached is published by a service"),
        (edited("sla", "facts.severity == 'major'", "number(facts.tonnes) > 100"),
         "sla: clocks[reply].goals[major].when: warning: fails when facts.tonnes is absent; write (facts.tonnes ?? …)"),
        (edited("sla", "facts.severity == 'major'", "facts.tonnes > 100"),
         "sla: clocks[reply].goals[major].when: error: fails with ordinary values"),
        (edited("sla", "facts.severity == 'major'", "facts.severity"),
         "sla: clocks[reply].goals[major].when: error: fails with ordinary values: 'facts.severity' is neither true nor false but str"),
        (edited("sla", "facts.severity == 'major'", "1 + 1"),
         "sla: clocks[reply].goals[major].when: error: fails with ordinary values: '1 + 1' is neither true nor false but"),
        (edited("sla", "facts.severity == 'major'", "round(facts.severity) == 1"),
         "sla: clocks[reply].goals[major].when: error: fails with ordinary values"),
        (edited("sla", "facts.severity == 'major'", "\"facts.severity in ['major', 'normal']\""),
         "sla: clocks[reply].goals[normal].when: warning: goal normal is never reached"),
        (edited("sla", "{id: normal, duration", "{id: normal, when: facts.severity == 'major', duration"),
         "sla: clocks[reply].goals: warning: no goal when facts.severity = normal"),
        (edited("sla", "{id: normal, duration: {amount: 3, unit: day}", "{id: normal, at: facts.severity"),
         "sla: clocks[reply].goals[normal].at: error: fails with ordinary values: 'facts.severity' is neither a date nor an instant"),
        (edited("sla", "{id: normal, duration: {amount: 3, unit: day}", "{id: normal, at: facts.secret"),
         "sla: clocks[reply].goals[normal].at: error: facts.secret is not shared with other services"),
        ({"sla": SLA + INDICATOR.replace("case.closed", "case.closd")},
         "sla: indicators[done].measure.share.done: error: no event case.closd; case.closed?"),
        ({"sla": SLA + INDICATOR.replace("of: case.accepted, done", "of: [case.accepted, case.closd], done")},
         "sla: indicators[done].measure.share.of[1]: error: no event case.closd; case.closed?"),
        ({"sla": SLA + SUMMED},
         "sla: indicators[tonnes].measure.sum.amount: error: facts.secret is not shared with other services"),
        ({"sla": SLA + SUMMED.replace("number(facts.secret)", "quantity(3, 'kg')")},
         "sla: indicators[tonnes].measure.sum.amount: error: kg and t come out of one expression"),
        ({"sla": SLA + INDICATOR.replace("every-day", "every-night")},
         "sla: indicators[done].measure.share.within.calendar: error: no calendar every-night"),
        ({"sla": SLA + INDICATOR.replace("[complaint]", "[complain]")},
         "sla: indicators[done].case_types[0]: error: no case type complain; complaint?"),
        ({"sla": SLA + INDICATOR.replace("facts.severity", "facts.secret")},
         "sla: indicators[done].when: error: facts.secret is not shared with other services"),
        ({"sla": SLA + INDICATOR.replace("facts.severity", "milestones.severity")},
         "sla: indicators[done].when: error: nothing called milestones is known here"),
        ({"sla": SLA.replace("clocks:", "  - {id: spare, label: {zh: 备, en: Spare}, kind: continuous}\nclocks:")},
         "sla: calendars[spare].id: warning: calendar spare is never used"),
        ({"intake": INTAKE.replace("    goto: done\n", "")}, "intake: statuses[done].id: warning: no step leads to done"),
        ({"notify": NOTIFY.partition("rules:")[0]}, "notify: templates[told].id: warning: template told is never used"),
    ],
)  # fmt: skip
def test_findings(tmp_path: Path, changed: dict[str, str], expected: str) -> None:
    findings = found(write_pack(tmp_path / "small", **changed))
    assert any(finding.startswith(expected) for finding in findings), findings


def test_a_goal_after_a_stated_one_is_reached_and_a_clock_with_a_stated_goal_is_no_leg(tmp_path: Path) -> None:
    stated = "      - {id: promised, at: facts.promised_on, calendar: every-day, cite: X-4 Art.4}\n"
    fact = "  - {id: promised_on, label: {zh: 日, en: Day}, type: date, shared: true}\n"
    pack = write_pack(
        tmp_path / "small",
        sla=SLA.replace("    goals:\n", f"    goals:\n{stated}"),
        intake=INTAKE.replace("facts:\n", f"facts:\n{fact}"),
    )
    assert found(pack) == []


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("outcome", []),
        ("outcom", ["intake: records[talk].fields[words].required_when: error: no input.outcom; outcome?"]),
    ],
)
def test_a_field_of_a_record_is_needed_by_what_another_says(tmp_path: Path, asked: str, expected: list[str]) -> None:
    records = f"""\
records:
  - id: talk
    label: {{zh: 谈话, en: Talk}}
    cite: X-6 Art.6
    fields:
      - {{id: outcome, label: {{zh: 结果, en: Outcome}}, type: choice, choices: [good, bad], required: true}}
      - {{id: words, label: {{zh: 原话, en: Words}}, type: text, required_when: input.{asked} == 'bad'}}
"""
    entered = INTAKE.replace("milestones: [case.accepted]", "milestones: [case.accepted]\n    record: talk")
    assert found(write_pack(tmp_path / "small", intake=entered + records)) == expected


def test_legs_longer_than_the_promise(tmp_path: Path) -> None:
    def clock(name: str, start: str, stop: str, days: int) -> str:
        return (
            f"  - {{id: {name}, label: {{zh: 时, en: Time}}, cite: X-4 Art.4, start: {start}, stop: [{stop}], "
            f"goals: [{{id: only, duration: {{amount: {days}, unit: day}}, calendar: every-day, cite: X-4 Art.4}}]}}\n"
        )

    def pack(second: int) -> Path:
        legs = clock("visit", "case.accepted", "evidence.added", 3) + clock(
            "report", "evidence.added", "case.closed", second
        )
        whole = clock("all", "case.accepted", "case.closed", 6)
        sla = SLA.partition("clocks:")[0] + "clocks:\n" + legs + whole
        photo = "evidence:\n  - {id: photo, label: {zh: 照, en: Photo}, media_types: [image/png]}\n"
        return write_pack(tmp_path / "small", sla=sla, intake=INTAKE + photo)

    assert found(pack(3)) == []
    assert found(pack(4)) == ["sla: clocks[all]: warning: visit + report may take longer than all allows"]


def test_two_clocks_over_the_same_way(tmp_path: Path) -> None:
    second = SLA.split("clocks:\n")[1].replace("id: reply", "id: late").replace("amount: 9", "amount: 21")
    assert found(write_pack(tmp_path / "small", sla=SLA + second)) == [
        "sla: clocks[reply]: warning: late, of the same start and stop, allows more than reply: two stages, or a mistake?"
    ]


def test_reminders_over_the_way_of_a_longer_clock_are_levels_of_an_escalation(tmp_path: Path) -> None:
    first = SLA.replace("    goals:", "    severity: warning\n    goals:")
    second = first.split("clocks:\n")[1].replace("id: reply", "id: second").replace("amount: 9", "amount: 15")
    whole = SLA.split("clocks:\n")[1].replace("id: reply", "id: late").replace("amount: 9", "amount: 21")

    assert "severity: warning" in first
    assert found(write_pack(tmp_path / "small", sla=first + second + whole)) == []


@pytest.mark.parametrize(
    ("kind", "value", "is_right"),
    [
        ("boolean", "false", True),
        ("boolean", "no", False),
        ("integer", "0", True),
        ("integer", "'0'", False),
        ("integer", "true", False),
        ("decimal", "'0.50'", True),
        ("decimal", "0", False),
        ("list", "a", False),
        ("text", "a", True),
    ],
)
def test_an_initial_value_is_of_its_facts_type(tmp_path: Path, kind: str, value: str, is_right: bool) -> None:
    fact = f"  - {{id: first, label: {{zh: 初, en: First}}, type: {kind}, initial: {value}}}\nowners:"
    wrong = [
        line for line in found(write_pack(tmp_path / "small", **edited("intake", "owners:", fact))) if "initial" in line
    ]
    assert not wrong if is_right else wrong[0].endswith(f"is no value of type {kind}")
