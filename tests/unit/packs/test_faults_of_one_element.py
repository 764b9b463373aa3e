"""A malformed attribute hides nothing: what is wrong in the other attributes of its element is told in the same run."""

from pathlib import Path

import pytest

from shared.packs.publishing.mended import MOST_MENDED
from tests.support.packs import FAULTY_REMEDY, INTAKE, NOTIFY, PACK, SLA, edited, errors, write_pack


def told(folder: Path) -> list[str]:
    """The errors without the place in the file: `clocks[reply].stop[0]: no event …`."""
    return sorted(text.partition(": ")[2].partition(";")[0] for text in errors(folder))


def bent(key: str, text: str, *pairs: tuple[str, str]) -> dict[str, str]:
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return {key: text}


def test_a_clock_with_a_wrong_value_is_checked_in_all_else(tmp_path: Path) -> None:
    changed = bent(
        "sla",
        SLA,
        ("    stop: [case.closed]\n", "    stop: [case.closd]\n    excusable: perhaps\n"),
        ("facts.severity == 'major'", "facts.severty == 'major'"),
    )
    assert told(write_pack(tmp_path / "small", **changed)) == [
        "clocks[reply].excusable: write true or false, without quotes",
        "clocks[reply].goals[major].when: no fact severty",
        "clocks[reply].stop[0]: no event case.closd",
    ]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("    cite: X-4 Art.4\n", "    cite: nonsense\n", "clocks[reply].cite: a citation is a rule's id"),
        ("    cite: X-4 Art.4\n", "", "clocks[reply].cite: missing"),
        ("{zh: 答复, en: Reply}", "{zh: 答复}", "clocks[reply].label.en: missing"),
        ("    label: {zh: 答复, en: Reply}\n", "", "clocks[reply].label: missing"),
        ("facts.severity == 'major'", "facts.severity ==", "clocks[reply].goals[major].when: bad expression"),
    ],
)
def test_whatever_attribute_of_a_clock_is_malformed(tmp_path: Path, old: str, new: str, fault: str) -> None:
    changed = bent(
        "sla",
        SLA,
        (old, new),
        ("stop: [case.closed]", "stop: [case.closd]"),
        ("amount: 3, unit: day", "amount: 3, unit: dy"),
    )
    found = told(write_pack(tmp_path / "small", **changed))
    assert len(found) == 3, found
    assert any(text.startswith(fault) for text in found), found
    assert "clocks[reply].stop[0]: no event case.closd" in found


def test_a_malformed_clock_does_not_declare_the_events_that_it_names(tmp_path: Path) -> None:
    """Both clocks name an event that no step reaches; that one of them is malformed as well changes nothing."""
    second = "  - {id: other, label: {zh: 他, en: Other}, cite: X-4 Art.4, start: case.accepted, stop: [case.closd],\n"
    second += "     goals: [{id: g, duration: {amount: 1, unit: day}, calendar: every-day, cite: X-4 Art.4}]}\n"
    changed = {"sla": SLA.replace("stop: [case.closed]", "stop: [case.closd]\n    excusable: perhaps") + second}
    assert told(write_pack(tmp_path / "small", **changed)) == [
        "clocks[other].stop[0]: no event case.closd",
        "clocks[reply].excusable: write true or false, without quotes",
        "clocks[reply].stop[0]: no event case.closd",
    ]


def test_a_step_with_five_faults_has_five_findings(tmp_path: Path) -> None:
    changed = bent(
        "intake",
        INTAKE,
        ("    cite: X-3 Art.3\n    from: [open]", "    cite: nonsense\n    from: [opn]"),
        ("roles: [leader]", "roles: [leadr]"),
        ("'case.accepted' in milestones", "'case.accepted' in ("),
        ("goto: done", "goto: dnoe"),
    )
    found = told(write_pack(tmp_path / "small", **changed))
    assert [text.partition(":")[0] for text in found] == [
        "steps[close].cite",
        "steps[close].from[0]",
        "steps[close].goto",
        "steps[close].require[0].that",
        "steps[close].roles[0]",
    ]


def test_a_rule_with_five_faults_has_five_findings(tmp_path: Path) -> None:
    rule = (
        "  - {id: tell, cite: nonsense, on: case.closd, recipients: [{role: custommer}], template: tol, step: first}\n"
    )
    changed = {"notify": NOTIFY.partition("  - {id: tell")[0] + rule}
    assert [text.partition(":")[0] for text in told(write_pack(tmp_path / "small", **changed))] == [
        "rules[tell].cite",
        "rules[tell].on",
        "rules[tell].recipients[0].role",
        "rules[tell].step",
        "rules[tell].template",
    ]


def test_a_remedy_with_five_faults_has_five_findings(tmp_path: Path) -> None:
    changed = bent(
        "settlement",
        FAULTY_REMEDY,
        ("    cite: X-6 Art.6\n    mode", "    cite: nonsense\n    mode"),
        ("type: money}", "type: mony}"),
        ("amount: 1, unit: day", "amount: 1, unit: moon"),
        ("debit: sales,", "debit: sles,"),
    )
    found = [text.partition(":")[0] for text in told(write_pack(tmp_path / "small", **changed))]
    for path in ("cite", "inputs[amount].type", "quote_valid_for.unit", "postings[0].debit", "result", "mode"):
        assert f"remedies[refund].{path}" in found, found


def test_a_case_type_and_a_document_are_checked_in_all_else(tmp_path: Path) -> None:
    papers = (
        "documents:\n"
        "  - {id: slip, label: {zh: 单}, cite: X-1 Art.1, number: 'S-{seq:5}', recipients: [clrk],\n"
        "     fields: [{id: total, label: {zh: 计, en: Total}, value: facts.tnnes}]}\n"
    )
    text = bent("intake", INTAKE, ("initial: open", "initial: opn"), ("channels: [web]", "channels: web"))["intake"]
    assert told(write_pack(tmp_path / "small", intake=text + papers)) == [
        "case_types[complaint].channels: write a list: [a, b]",
        "case_types[complaint].initial: no status opn",
        "documents[slip].fields[total].value: no fact tnnes",
        "documents[slip].label.en: missing",
        "documents[slip].recipients[0]: no role clrk",
    ]


def test_a_fault_that_shows_only_behind_another_is_told_too(tmp_path: Path) -> None:
    """The amount is no number, and the unit is none that this place takes: the second is found once the first is mended."""
    changed = bent(
        "sla",
        SLA,
        ("    goals:\n", "    warn: [{before: {amount: soon, unit: month}}]\n    goals:\n"),
    )
    assert [text.partition(":")[0] for text in told(write_pack(tmp_path / "small", **changed))] == [
        "clocks[reply].warn[0].before.amount",
        "clocks[reply].warn[0].before.unit",
    ]


@pytest.mark.parametrize("value", ["null", "5", "{}"])
@pytest.mark.parametrize(
    ("key", "text", "list_of"),
    [
        ("pack", PACK, "roles"),
        ("intake", INTAKE, "steps"),
        ("intake", INTAKE, "facts"),
        ("notify", NOTIFY, "templates"),
    ],
)
def test_a_list_of_a_wrong_type_is_one_fault_however_often_its_names_are_used(
    tmp_path: Path, key: str, text: str, list_of: str, value: str
) -> None:
    assert f"\n{list_of}:" in text
    head, _, rest = text.partition(f"\n{list_of}:\n")
    items = rest.splitlines(keepends=True)
    after = next((i for i, line in enumerate(items) if not line.startswith(" ")), len(items))
    changed = {key: f"{head}\n{list_of}: {value}\n{''.join(items[after:])}"}
    assert [text.partition(": ")[0] for text in told(write_pack(tmp_path / "small", **changed))] == [list_of]


def test_an_absent_list_is_one_fault(tmp_path: Path) -> None:
    head, _, rest = PACK.partition("roles:\n")
    changed = {"pack": head + rest[rest.index("gaps:") :]}
    assert told(write_pack(tmp_path / "small", **changed)) == [
        "roles: missing: role clerk is named in this pack, and others, and none is declared here"
    ]


def test_a_misspelt_list_is_one_fault(tmp_path: Path) -> None:
    assert told(write_pack(tmp_path / "small", **edited("pack", "roles:", "rolls:"))) == ["rolls: unknown key"]


def test_a_pack_without_the_one_that_it_extends_is_one_fault(tmp_path: Path) -> None:
    folder = tmp_path / "over"
    folder.mkdir()
    (folder / "pack.yaml").write_text("extends: smal\nid: over\n", encoding="utf-8")
    (folder / "sla.yaml").write_text(SLA, encoding="utf-8")
    found = told(folder)
    assert len(found) == 1, found
    assert found[0].startswith("extends: no pack smal beside this one")


def test_a_gate_and_a_kind_of_evidence_must_exist(tmp_path: Path) -> None:
    files = (
        "evidence:\n  - {id: photo, label: {zh: 照, en: Photo}, media_types: [image/png]}\n"
        "files:\n  - {id: file, label: {zh: 全, en: File}, cite: X-1 Art.1, items: [{kind: phto}]}\n"
        "gates:\n  - {id: ready, that: 'true', code: not_ready, cite: X-1 Art.1, message: {zh: 未, en: Not ready}}\n"
    )
    text = bent("intake", INTAKE, ("    require:\n", "    require:\n      - redy\n"))["intake"]
    settlement = FAULTY_REMEDY + "    require: {offer: [imagined]}\n"
    found = errors(write_pack(tmp_path / "small", intake=text + files, settlement=settlement))
    assert [text.partition(": ")[2] for text in found if "intake.yaml" in text] == [
        "steps[close].require[0]: no gate redy; ready?",
        "files[file].items[0].kind: no kind of evidence phto; photo?",
    ]
    assert any(text.endswith("remedies[refund].require.offer[0]: no gate imagined") for text in found)


def test_of_a_document_with_very_many_faults_these_are_told_alone(tmp_path: Path) -> None:
    """501 steps without a label hide that the sla section names an event that no step reaches; 500 do not."""
    steps = "".join(
        f"  - {{id: s{i}, cite: X-2 Art.2, from: [open], roles: [clerk]}}\n" for i in range(MOST_MENDED + 1)
    )
    sla = SLA.replace("case.closed", "case.closd")
    found = told(write_pack(tmp_path / "many", intake=INTAKE + steps, sla=sla))
    assert len(found) == MOST_MENDED + 1
    assert all(text.endswith(".label: missing") for text in found)
    fewer = "".join(steps.splitlines(keepends=True)[1:])
    found = told(write_pack(tmp_path / "fewer", intake=INTAKE + fewer, sla=sla))
    assert len(found) == MOST_MENDED + 1
    assert "clocks[reply].stop[0]: no event case.closd" in found
