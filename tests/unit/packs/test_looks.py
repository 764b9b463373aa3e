"""What publication says of looks at other cases and of uniqueness, each with the line and the way out."""

from pathlib import Path

import pytest

from tests.support.packs import INTAKE, SLA, said, write_pack

FACTS = """\
  - {id: serial, label: {zh: 号, en: Serial}, type: text, case_types: [complaint]}
  - {id: colours, label: {zh: 色, en: Colours}, type: list}
  - {id: urgent, label: {zh: 急, en: Urgent}, type: boolean, initial: false}
  - {id: weight, label: {zh: 重, en: Weight}, type: decimal}
  - {id: pieces, label: {zh: 件, en: Pieces}, type: integer, initial: 1}
"""
LOOK = """\
looks:
  - {id: earlier, label: {zh: 以前, en: Earlier}, same: [facts.serial], cite: X-7 Art.7}
"""
READS = "'case.accepted' in milestones and looks.earlier.count < 3"


def found(tmp_path: Path, more: str, *, that: str = READS, **changed: str) -> list[str]:
    whole = INTAKE.replace("owners:", f"{FACTS}{more}owners:").replace("'case.accepted' in milestones", that)
    return [line.partition(": ")[2] for line in said(write_pack(tmp_path / "small", intake=whole, **changed))]


def look(line: str) -> str:
    return LOOK.replace("same: [facts.serial]", line)


def test_a_sound_look_says_nothing(tmp_path: Path) -> None:
    assert found(tmp_path, LOOK) == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("same: [facts.serail]", "looks[earlier].same[0]: no fact serail; serial?"),
        ("same: [facts.colours]", "looks[earlier].same[0]: colours is of type list: lists are never equal"),
        (
            "same: [facts.urgent]",
            "looks[earlier].same[0]: urgent is of type boolean: so many cases have it that nothing is found by it",
        ),
        (
            "same: [facts.weight]",
            "looks[earlier].same[0]: weight is of type decimal: it is written in several ways (60.5, 60.50)",
        ),
        ("same: [order, order]", "looks[earlier].same: order stands twice"),
        ("same: [order, customer, owner, case_type]", None),
        (
            "same: [order], within: {amount: 1, unit: month}, period: month",
            "looks[earlier].period: write `within` or `period`",
        ),
        ("same: [order], case_types: [complain]", "looks[earlier].case_types[0]: no case type complain; complaint?"),
        (
            "same: [order], sum: other.facts.secret",
            "looks[earlier].sum: fails with ordinary values: 'other.facts.secret' is no number",
        ),
        ("same: [order], sum: other.facts.pieces", ""),
        (
            "same: [order], sum: number(other.facts.weight)",
            "looks[earlier].sum: fails when other.facts.weight is absent; write (other.facts.weight ?? …)",
        ),
        ("same: [order], when: other.status == 'opn'", "looks[earlier].when: other.status is never 'opn'"),
        ("same: [order], when: other.facts.tonns != null", "looks[earlier].when: no fact tonns; tonnes?"),
        ("same: [order], when: case.status == 'open'", "looks[earlier].when: nothing called case is known here"),
        (
            "same: [order], when: facts.severity == 'major'",
            "looks[earlier].when: sees the other case alone; write other.facts",
        ),
        ("same: [order], when: \"'case.closd' in other.milestones\"", None),
    ],
)
def test_a_fault_of_a_look(tmp_path: Path, line: str, message: str | None) -> None:
    messages = found(tmp_path, look(line))

    if message is None:
        assert len(messages) == 1, messages
        assert messages[0].startswith("looks[earlier]")
    else:
        assert messages == ([message] if message else [])


def test_a_look_that_nothing_reads_is_doubtful(tmp_path: Path) -> None:
    assert found(tmp_path, LOOK, that="'case.accepted' in milestones") == [
        "looks[earlier].id: no expression reads looks.earlier"
    ]


@pytest.mark.parametrize(
    ("that", "message"),
    [
        ("looks.earlyer.count < 3", "no looks.earlyer.count; earlier?"),
        ("looks.earlier.cuont < 3", "no looks.earlier.cuont; count?"),
        ("looks.earlier.sum < 3", "no looks.earlier.sum"),
        ("some(looks.earlier.cases, #.status == 'opn')", "looks.earlier.cases.#.status is never 'opn'"),
    ],
)
def test_what_a_look_does_not_answer_is_unknown(tmp_path: Path, that: str, message: str) -> None:
    assert f"steps[close].require[0].that: {message}" in found(tmp_path, LOOK, that=that)


def test_looks_are_not_known_to_other_sections_nor_to_checklists_and_reactions(tmp_path: Path) -> None:
    sla = SLA.replace("facts.severity == 'major'", "looks.earlier.count > 1")
    assert "clocks[reply].goals[major].when: nothing called looks is known here" in found(tmp_path, LOOK, sla=sla)
    checklist = (
        "evidence:\n  - {id: photo, label: {zh: 照, en: Photo}, media_types: [image/png]}\n"
        "files:\n  - {id: whole, label: {zh: 全, en: Whole}, cite: X-8 Art.8, "
        "items: [{kind: photo, when: looks.earlier.count > 1}]}\n"
    )
    assert "files[whole].items[0].when: nothing called looks is known here" in found(tmp_path, LOOK + checklist)


UNIQUE = """\
unique:
  - id: once
    label: {zh: 一次, en: Once}
    case_types: [complaint]
    same: [facts.serial]
    among: other.status != 'done'
    code: had_already
    message: {zh: 已有, en: Had already}
    cite: X-9 Art.9
"""


def test_uniqueness_needs_no_reader_and_is_checked_like_a_look(tmp_path: Path) -> None:
    assert found(tmp_path, LOOK + UNIQUE) == []
    assert found(tmp_path, LOOK + UNIQUE.replace("'done'", "'dne'")) == [
        "unique[once].among: other.status is never 'dne'"
    ]
    other_type = """\
  - {id: praise, label: {zh: 表扬, en: Praise}, cite: X-1 Art.1, number: "P-{seq:3}", initial: open, channels: [web]}
statuses:
"""
    whole = INTAKE.replace("statuses:\n", other_type).replace("owners:", f"{FACTS}{UNIQUE}owners:")
    whole = whole.replace("case_types: [complaint]\n    same", "case_types: [complaint, praise]\n    same")
    messages = [line.partition(": ")[2] for line in said(write_pack(tmp_path / "types", intake=whole))]
    assert "unique[once].same[0]: cases of type praise have no serial" in messages
