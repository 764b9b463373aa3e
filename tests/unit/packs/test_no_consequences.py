"""One misspelt name is one finding: what only follows from it is not told beside it."""

from pathlib import Path

import pytest

from tests.support.packs import INTAKE, NOTIFY, REFUND, SLA, SLIP, edited, said, write_pack
from tests.unit.packs.test_faults_of_one_element import bent, told

RECORDS = """\
records:
  - id: test
    label: {zh: 检测, en: Test}
    cite: X-2 Art.2
    fields: [{id: passed, label: {zh: 合格, en: Passed}, type: boolean}]
"""
LINKED = """\
case_types:
  - {id: lesson, label: {zh: 整改, en: Lesson}, cite: X-1 Art.1, number: "L-{seq:5}", initial: open, channels: [internal]}
"""
OPENS = "    opens: [{relation: lesson, case_type: lesson, cite: X-2 Art.2}]\n"


def without_place(folder: Path) -> list[str]:
    """Errors and warnings, without file and line."""
    return sorted(text.partition(": ")[2].partition(";")[0] for text in said(folder))


def test_a_misspelt_case_type_of_a_step_does_not_keep_its_milestones_from_happening(tmp_path: Path) -> None:
    changed = {
        **bent("intake", INTAKE, ("    from: [open]\n", "    case_types: [complant]\n    from: [open]\n")),
        **bent("sla", SLA, ("    start: case.accepted\n", "    case_types: [complaint]\n    start: case.accepted\n")),
    }
    assert without_place(write_pack(tmp_path / "small", **changed)) == [
        "steps[accept].case_types[0]: no case type complant"
    ]


def test_a_misspelt_case_type_of_retention_does_not_keep_cases_from_being_purged(tmp_path: Path) -> None:
    rule = (
        "retention:\n  - {id: all, label: {zh: 全, en: All}, cite: X-7 Art.7, case_types: [complant], from: case.closed,"
        " keep: {amount: 1, unit: year}, roles: [leader]}\n"
    )
    sla = (
        "    stop: [case.closed]\n",
        "    case_types: [complaint]\n    stop: [case.closed]\n    cancel_on: [case.purged]\n",
    )
    changed = {"intake": INTAKE + rule, **bent("sla", SLA, sla)}
    assert without_place(write_pack(tmp_path / "small", **changed)) == [
        "retention[all].case_types[0]: no case type complant"
    ]


def test_a_misspelt_case_type_of_a_clock_does_not_keep_the_clock_from_breaching(tmp_path: Path) -> None:
    changed = {
        **bent("sla", SLA, ("    start: case.accepted\n", "    case_types: [complant]\n    start: case.accepted\n")),
        **bent(
            "intake",
            INTAKE,
            (
                "    goto: done\n",
                "    case_types: [complaint]\n    on: [{event: clock.breached}]\n    goto: done\n",
            ),
        ),
    }
    assert without_place(write_pack(tmp_path / "small", **changed)) == [
        "clocks[reply].case_types[0]: no case type complant"
    ]


def test_a_misspelt_type_of_a_linked_case_does_not_keep_it_from_reaching_anything(tmp_path: Path) -> None:
    text = INTAKE.replace("case_types:\n", LINKED).replace(
        "    milestones: [case.accepted]\n", "    milestones: [case.accepted]\n" + OPENS
    )
    text = text.replace("    goto: done\n", "    goto: done\n    on: [{event: case.accepted, relation: lesson}]\n")
    text = text.replace("    from: [open]\n", "    case_types: [complaint, lesson]\n    from: [open]\n", 1)
    assert without_place(write_pack(tmp_path / "small", intake=text)) == []
    wrong = text.replace("case_type: lesson,", "case_type: lessn,")
    assert without_place(write_pack(tmp_path / "small", intake=wrong)) == [
        "steps[accept].opens[0].case_type: no case type lessn"
    ]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("    goto: done\n", "    goto: dnoe\n", "steps[close].goto: no status dnoe"),
        (
            "    from: [open]\n    roles: [leader]",
            "    from: [opn]\n    roles: [leader]",
            "steps[close].from[0]: no status opn",
        ),
        ("initial: open", "initial: opn", "case_types[complaint].initial: no status opn"),
    ],
)
def test_a_misspelt_status_is_no_reason_to_doubt_the_others(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert without_place(write_pack(tmp_path / "small", **bent("intake", INTAKE, (old, new)))) == [fault]


def test_a_misspelt_template_or_calendar_is_no_reason_to_call_another_one_unused(tmp_path: Path) -> None:
    changed = {
        **edited("notify", "template: told", "template: tld"),
        "sla": SLA.replace("calendar: every-day", "calendar: every-dy"),
    }
    assert without_place(write_pack(tmp_path / "small", **changed)) == [
        "clocks[reply].goals[major].calendar: no calendar every-dy",
        "clocks[reply].goals[normal].calendar: no calendar every-dy",
        "rules[tell].template: no template tld",
    ]


def test_a_goal_whose_condition_compares_a_word_that_is_none_is_not_said_to_be_unreached(tmp_path: Path) -> None:
    assert without_place(write_pack(tmp_path / "small", **edited("sla", "== 'major'", "== 'mjor'"))) == [
        "clocks[reply].goals[major].when: facts.severity is never 'mjor'"
    ]


@pytest.mark.parametrize("visit", ["", "    visit: dispatch\n"])
def test_a_misspelt_record_does_not_hide_what_is_entered_with_it(tmp_path: Path, visit: str) -> None:
    """With a visit the fields of the record are those of the visit as well."""
    step = f"    record: tst\n{visit}    set: {{severity: \"input.passed ? 'major' : 'normal'\"}}\n    milestones: [case.accepted]\n"
    text = bent("intake", INTAKE, ("    milestones: [case.accepted]\n", step))["intake"]
    assert without_place(write_pack(tmp_path / "small", intake=text + RECORDS)) == [
        "steps[accept].record: no record tst"
    ]


def test_a_misspelt_gate_does_not_take_the_inputs_of_its_step_from_it(tmp_path: Path) -> None:
    gates = (
        "gates:\n  - {id: ready, that: input.passed == true, code: not_ready, cite: X-1 Art.1,"
        " message: {zh: 未, en: Not ready}}\n"
    )
    step = (
        "    input: [{id: passed, label: {zh: 合格, en: Passed}, type: boolean, required: true}]\n"
        "    require: [redy]\n    milestones: [case.accepted]\n"
    )
    text = bent("intake", INTAKE, ("    milestones: [case.accepted]\n", step))["intake"] + gates
    assert without_place(write_pack(tmp_path / "small", intake=text)) == ["steps[accept].require[0]: no gate redy"]


def test_a_misspelt_paper_does_not_take_the_inputs_of_its_step_from_it(tmp_path: Path) -> None:
    step = (
        "    input: [{id: total, label: {zh: 计, en: Total}, type: integer, required: true}]\n"
        "    document: {template: slp, action: issue}\n    milestones: [case.accepted]\n"
    )
    text = bent("intake", INTAKE, ("    milestones: [case.accepted]\n", step))["intake"]
    text += SLIP.replace('value: "1"', "value: input.total")
    assert without_place(write_pack(tmp_path / "small", intake=text)) == [
        "steps[accept].document.template: no document slp"
    ]


def test_a_misspelt_name_in_a_formula_is_one_fault(tmp_path: Path) -> None:
    for wrong, fault in (
        ("inputs.prce", "no inputs.prce"),
        ("steps.amont", "no steps.amont"),
        ("steps.amount", "`steps.amount` is neither an input nor a step above"),
    ):
        settlement = bent("settlement", REFUND, ("formula: inputs.price", f"formula: {wrong}"))["settlement"]
        found = told(write_pack(tmp_path / "small", settlement=settlement, intake=INTAKE + SLIP))
        assert found == [f"remedies[refund].steps[amount].formula: {fault}"]


def test_a_name_stands_at_its_own_line(tmp_path: Path) -> None:
    """Branches of `goto` and what a step sets, each on a line of its own."""
    block = (
        "    goto:\n      - {when: facts.severity == 'major', status: done}\n"
        "      - {when: facts.severity == 'normal', status: dnoe}\n"
        "    set:\n      severity: \"'major'\"\n      tones: \"'5'\"\n"
    )
    text = bent("intake", INTAKE, ("    goto: done\n", block))["intake"]
    lines = text.splitlines()
    goto, tones = (next(i for i, line in enumerate(lines, 1) if part in line) for part in ("dnoe", "      tones:"))
    assert [text for text in said(write_pack(tmp_path / "small", intake=text)) if "warning" not in text] == [
        f"intake.yaml:{goto}: steps[close].goto[1].status: no status dnoe; done?",
        f"intake.yaml:{tones}: steps[close].set.tones: no fact tones; tonnes?",
    ]


def test_an_empty_item_of_a_list_hides_nothing_of_the_others(tmp_path: Path) -> None:
    changed = bent("sla", SLA, ("    goals:\n", "    goals:\n      -\n"), ("calendar: every-day", "calendar: every-dy"))
    assert without_place(write_pack(tmp_path / "small", **changed)) == [
        "clocks[reply].goals[0]: write a map: {key: value}",
        "clocks[reply].goals[major].calendar: no calendar every-dy",
    ]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("duration: {amount: 3, unit: day}", "duration: 3 days", "clocks[reply].goals[normal].duration: write a map"),
        (
            "    goals:\n",
            "    warn: [{percent: 120}]\n    goals:\n",
            "clocks[reply].warn[0].percent: input should be less than or equal to 99",
        ),
    ],
)
def test_a_malformed_attribute_that_may_be_left_out_is_not_missed(
    tmp_path: Path, old: str, new: str, fault: str
) -> None:
    found = without_place(write_pack(tmp_path / "small", **bent("sla", SLA, (old, new))))
    assert len(found) == 1, found
    assert found[0].startswith(fault)


def test_a_window_that_never_opens_overlaps_no_other(tmp_path: Path) -> None:
    shifts = (
        "  - id: office\n    shifts:\n      - {days: [mon], opens: '09:00', closes: '12:00'}\n"
        "      - {days: [mon], opens: '11:00', closes: '10:00'}\n"
    )
    sla = SLA.replace("calendars:\n", "calendars:\n" + shifts).replace(
        "unit: day}, calendar: every-day, cite: X-4 Art.4}\n", "unit: day}, calendar: office, cite: X-4 Art.4}\n", 1
    )
    assert without_place(write_pack(tmp_path / "small", sla=sla)) == [
        "calendars[office].shifts[1].closes: a window closes after it opens"
    ]


def test_channels_that_are_malformed_may_have_named_the_one_that_is_needed(tmp_path: Path) -> None:
    text = INTAKE.replace("case_types:\n", LINKED).replace(
        "    milestones: [case.accepted]\n", "    milestones: [case.accepted]\n" + OPENS
    )
    text = text.replace("channels: [internal]", "channels: []")
    assert without_place(write_pack(tmp_path / "small", intake=text)) == [
        "case_types[lesson].channels: must not be empty"
    ]


def test_a_malformed_part_of_a_posting_says_nothing_about_their_sum(tmp_path: Path) -> None:
    postings = (
        "    tax: {rate: '0.13', cite: X-6 Art.6}\n    postings:\n"
        "      - {debit: sales, credit: cash, amount: nett, cite: X-6 Art.6}\n"
        "      - {debit: sales, credit: cash, amount: tax, cite: X-6 Art.6}\n"
    )
    accounts = "accounts:\n" + "".join(
        f"  - {{id: {name}, label: {{zh: 户, en: Account}}, kind: asset}}\n" for name in ("sales", "cash")
    )
    settlement = accounts + REFUND.replace("    payout:\n", postings + "    payout:\n")
    found = told(write_pack(tmp_path / "small", settlement=settlement, intake=INTAKE + SLIP))
    assert found == ["remedies[refund].postings[0].amount: write 'gross', 'net' or 'tax'"]


def test_of_an_event_that_exists_the_parts_are_known_beside_one_that_does_not(tmp_path: Path) -> None:
    changed = edited("notify", "on: case.closed", "on: [clock.brached, clock.breached], when: event.clok == 'reply'")
    assert without_place(write_pack(tmp_path / "small", **changed)) == [
        "rules[tell].on[0]: no event clock.brached",
        "rules[tell].when: no event.clok",
    ]


@pytest.mark.parametrize(
    ("key", "name"), [("notify", "notifications.yaml"), ("sla", "SLA.yml"), ("intake", "intake.json")]
)
def test_a_file_that_is_called_otherwise_is_one_fault(tmp_path: Path, key: str, name: str) -> None:
    folder = write_pack(tmp_path / "small")
    (folder / f"{key}.yaml").rename(folder / name)
    found = said(folder)
    assert len(found) == 1, found
    assert found[0].endswith(f"; {key}.yaml?")


@pytest.mark.parametrize("key", ["intake", "notify"])
def test_a_file_that_is_missing_is_one_fault(tmp_path: Path, key: str) -> None:
    folder = write_pack(tmp_path / "small")
    (folder / f"{key}.yaml").unlink()
    assert said(folder) == [f"{key}.yaml:1: there is no {key}.yaml, and a pack needs one"]


def test_of_an_event_on_which_no_rule_speaks_only_that_is_told(tmp_path: Path) -> None:
    changed = bent(
        "notify",
        NOTIFY,
        ("on: case.closed", "on: message.sent, when: event.clock == 'reply'"),
        ("Hello", "{{ event.x }}"),
    )
    found = without_place(write_pack(tmp_path / "small", **changed))
    assert len(found) == 1, found
    assert found[0].startswith("rules[tell].on: message.sent has no effect at `on` of a notify rule")


def test_of_an_event_that_no_step_can_wait_for_only_that_is_told(tmp_path: Path) -> None:
    on = "    on: [{event: evidence.added, when: event.remedy == 'refund'}]\n    goto: done\n"
    found = without_place(write_pack(tmp_path / "small", **bent("intake", INTAKE, ("    goto: done\n", on))))
    assert len(found) == 1, found
    assert found[0].startswith("steps[close].on[0].event: evidence.added has no effect")
