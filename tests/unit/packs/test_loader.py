"""A pack's folder: every fault with file and line, all at once; `extends`; what must never be read."""

from pathlib import Path

import pytest

from shared.packs.language.diagnostics import PackInvalid
from shared.packs.publishing.load import load_pack
from tests.support.packs import INTAKE, PACK, SLA, edited, line_of, write_pack


def faults(folder: Path) -> list[str]:
    return [str(fault).removeprefix(f"{folder}/") for fault in load_pack(folder).diagnostics]


def test_the_small_pack_is_sound(tmp_path: Path) -> None:
    loaded = load_pack(write_pack(tmp_path / "small"))
    assert loaded.diagnostics == ()
    assert loaded.valid().pack.id == "small"
    assert len(loaded.digest) == 64


def test_equal_packs_have_equal_digests(tmp_path: Path) -> None:
    one = load_pack(write_pack(tmp_path / "a" / "small"))
    other = load_pack(
        write_pack(
            tmp_path / "b" / "small", pack="# a comment\n" + PACK.replace("owner: Somebody", "owner:   'Somebody'")
        )
    )
    changed = load_pack(write_pack(tmp_path / "c" / "small", pack=PACK.replace("Somebody", "Nobody")))
    assert one.digest == other.digest != changed.digest


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (edited("pack", "owner: Somebody\n", ""), ["pack.yaml:1: owner: missing"]),
        (edited("pack", "owner:", "ovner:"), ["pack.yaml:1: owner: missing", "pack.yaml:3: ovner: unknown key"]),
        (edited("pack", "2026-01-01", "soon"), ["pack.yaml:6: effective_from: write a day: 2026-03-05"]),
        (edited("pack", "Asia/Shanghai", "Asia/Jinan"), ["pack.yaml:5: zone: no such time zone: Asia/Jinan"]),
        (edited("pack", "en: Clerk", "en: ''"), ["pack.yaml:8: roles[clerk].label.en: must not be empty"]),
        (edited("pack", "  - {id: leader", "  - {id: clerk, label: {zh: 又, en: Again}}\n  - {id: leader"),
         ["pack.yaml:9: roles[clerk]: duplicate id; first at "]),
        (edited("intake", "    cite: X-3 Art.3\n    from", "    from"),
         [f"intake.yaml:{line_of(INTAKE, 'id: close')}: steps[close].cite: missing"]),
        (edited("intake", "cite: X-2 Art.2", "cite: Art.2"),
         [f"intake.yaml:{line_of(INTAKE, 'X-2 Art.2')}: steps[accept].cite: a citation is a rule's id"]),
        (edited("intake", "that: \"'case.accepted' in milestones\"", "that: all(links.order, #.phase != 'open')"),
         [f"intake.yaml:{line_of(INTAKE, 'that:')}: steps[close].require[0].that: bad expression: "]),
        (edited("intake", "[case.accepted]", "[accepted]"),
         [f"intake.yaml:{line_of(INTAKE, 'milestones: [case.accepted]')}: steps[accept].milestones[0]"]),
        (edited("intake", "that: \"'case.accepted' in milestones\"", "that: 1 >"),
         [f"intake.yaml:{line_of(INTAKE, 'that:')}: steps[close].require[0].that: bad expression: Unexpected end"]),
        (edited("sla", "amount: 3", "amount: '3'"),
         [f"sla.yaml:{line_of(SLA, 'amount: 3')}: clocks[reply].goals[normal].duration.amount: write a whole number"]),
        (edited("sla", "amount: 3", "amount: 3.5"),
         [f'sla.yaml:{line_of(SLA, "amount: 3")}: clocks[reply].goals[normal].duration.amount: a number has no fraction; a decimal is text in quotes: "3.5"',
          f"sla.yaml:{line_of(SLA, 'amount: 3')}: clocks[reply].goals[normal].duration.amount: write a whole number"]),
    ],
)  # fmt: skip
def test_faults_have_file_and_line(tmp_path: Path, changed: dict[str, str], expected: list[str]) -> None:
    found = faults(write_pack(tmp_path / "small", **changed))
    assert len(found) == len(expected), found
    for fault, start in zip(found, expected, strict=True):
        assert fault.startswith(start)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    changed = {
        **edited("pack", "owner: Somebody\n", "owner: 7\n"),
        **edited("intake", "goto: done", "goto: 5"),
        **edited("sla", "kind: continuous", "kind: circular"),
        **edited("notify", "template: told", "templates: told"),
    }
    found = faults(write_pack(tmp_path / "small", **changed))
    assert {fault.partition(":")[0] for fault in found} == {"pack.yaml", "intake.yaml", "sla.yaml", "notify.yaml"}
    with pytest.raises(PackInvalid) as caught:
        load_pack(tmp_path / "small").valid()
    assert len(caught.value.faults) == len(found) >= 4


def test_a_missing_file_is_an_empty_section(tmp_path: Path) -> None:
    folder = write_pack(tmp_path / "small")
    (folder / "settlement.yaml").unlink()
    assert load_pack(folder).diagnostics == ()
    (folder / "intake.yaml").unlink()
    assert faults(folder) == ["intake.yaml:1: there is no intake.yaml, and a pack needs one"]


def test_no_such_pack(tmp_path: Path) -> None:
    for reference in ("nowhere", "../../etc", tmp_path / "x", ""):
        with pytest.raises(PackInvalid, match="1 faults"):
            load_pack(reference, root=tmp_path / "root")


def test_a_name_is_a_folder_under_the_root(tmp_path: Path) -> None:
    write_pack(tmp_path / "small")
    assert load_pack("small", root=tmp_path).diagnostics == ()


def test_another_folder_name_is_a_warning(tmp_path: Path) -> None:
    loaded = load_pack(write_pack(tmp_path / "large"))
    assert [fault.message for fault in loaded.warnings] == ["the folder is called large"]
    assert loaded.sections is not None


def test_malicious_packs_are_refused(tmp_path: Path) -> None:
    for name, text in {
        "huge": "a: '" + "x" * 10_000_000 + "'",
        "python": "id: !!python/object/apply:os.system ['touch /tmp/owned']",
        "bomb": "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
        "deep": "a: " + "[" * 100_000,
        "binary": "\x00\x01",
    }.items():
        loaded = load_pack(write_pack(tmp_path / name, pack=text))
        assert loaded.sections is None
        assert loaded.errors
    folder = write_pack(tmp_path / "latin")
    (folder / "pack.yaml").write_bytes("title: Gebühr".encode("latin-1"))
    assert "pack.yaml:1: not UTF-8" in faults(folder)


CHILD = """\
extends: small
id: child
title: {en: Child}
roles:
  - id: leader
    label: {en: Boss}
  - {id: finance, label: {zh: 财务, en: Finance}}
"""
NOTHING = {"intake": "", "sla": "", "settlement": "", "notify": ""}


def test_extends_merges_by_id(tmp_path: Path) -> None:
    write_pack(tmp_path / "small")
    child = write_pack(tmp_path / "child", pack=CHILD, **NOTHING)
    pack = load_pack(child).valid().pack
    assert pack.title.en == "Child"
    assert pack.title.zh == "小"
    assert [(role.id, role.label.en) for role in pack.roles] == [
        ("clerk", "Clerk"),
        ("leader", "Boss"),
        ("finance", "Finance"),
    ]
    assert "extends" not in load_pack(child).documents["pack"]


def test_extends_replaces_other_lists_and_changes_deep_values(tmp_path: Path) -> None:
    write_pack(tmp_path / "small")
    sla = "clocks:\n  - id: reply\n    stop: [evidence.added]\n    goals: [{id: normal, duration: {amount: 5}}]\n"
    intake = "evidence:\n  - {id: photo, label: {zh: 照, en: Photo}, media_types: [image/png]}\n"
    child = write_pack(tmp_path / "child", pack=CHILD, **{**NOTHING, "sla": sla, "intake": intake})
    clock = load_pack(child).valid().sla.clocks[0]
    assert clock.stop == ("evidence.added",)
    assert [(goal.id, goal.duration.amount, goal.duration.unit) for goal in clock.goals if goal.duration] == [
        ("major", 9, "day"),
        ("normal", 5, "day"),
    ]


def test_extends_removes_what_is_named(tmp_path: Path) -> None:
    write_pack(tmp_path / "small")
    sla = "clocks:\n  - id: reply\n    goals:\n      - remove: [major]\n"
    intake = "facts:\n  - remove: [secret]\nremove: [contacts]\n"
    child = write_pack(tmp_path / "child", pack=CHILD, **{**NOTHING, "sla": sla, "intake": intake})
    assert faults(child) == ["intake.yaml:3: remove: nothing to remove: contacts"]
    write_pack(
        tmp_path / "child", pack=CHILD, **{**NOTHING, "sla": sla, "intake": intake.replace("remove: [contacts]\n", "")}
    )
    sections = load_pack(child).valid()
    assert [goal.id for goal in sections.sla.clocks[0].goals] == ["normal"]
    assert [fact.id for fact in sections.intake.facts] == ["severity", "tonnes"]


def test_extends_adds_to_lists_and_takes_from_them(tmp_path: Path) -> None:
    write_pack(tmp_path / "small", **edited("intake", "channels: [web]", "channels: [web, phone]"))
    intake = """\
case_types: [{id: complaint, channels: {add: [fax, web], remove: [phone]}}]
steps:
  - id: close
    roles: {add: [clerk]}
    milestones: {remove: [case.closed], add: [case.closed, case.settled]}
facts: {remove: [secret], add: [{id: place, label: {zh: 地, en: Place}, type: text}]}
"""
    child = write_pack(tmp_path / "child", pack=CHILD, **{**NOTHING, "intake": intake})
    found = load_pack(child).valid().intake

    assert found.case_types[0].channels == ("web", "fax")
    assert found.steps_by_id["close"].roles == ("leader", "clerk")
    assert found.steps_by_id["close"].milestones == ("case.closed", "case.settled")
    assert [fact.id for fact in found.facts] == ["severity", "tonnes", "place"]


def test_what_cannot_be_added_or_taken_is_told(tmp_path: Path) -> None:
    write_pack(tmp_path / "small")
    intake = "case_types: [{id: complaint, channels: {add: fax, remove: [telex]}}]\n"
    child = write_pack(tmp_path / "child", pack=CHILD, **{**NOTHING, "intake": intake})

    assert faults(child) == ["intake.yaml:1: remove: nothing to remove: telex", "intake.yaml:1: add: must be a list"]


def test_lines_after_a_merge_name_the_file_that_is_wrong(tmp_path: Path) -> None:
    base = write_pack(tmp_path / "small", **edited("sla", "amount: 9", "amount: nine"))
    child = write_pack(tmp_path / "child", pack=CHILD, **{**NOTHING, "intake": "owners:\n  - {owner: clerk}\n"})
    found = [str(fault) for fault in load_pack(child).diagnostics]
    assert [fault.partition(": ")[0] for fault in found] == [
        f"{child}/intake.yaml:2",
        f"{base}/sla.yaml:{line_of(SLA, 'amount: 9')}",
    ]


@pytest.mark.parametrize(
    ("extends", "message"),
    [
        ("child", "packs extend each other: child → child"),
        ("nobody", "no pack nobody beside this one"),
        ("../small", "must be the name of a pack"),
        ("[small]", "must be the name of a pack"),
    ],
)
def test_what_cannot_be_extended(tmp_path: Path, extends: str, message: str) -> None:
    write_pack(tmp_path / "small")
    child = write_pack(tmp_path / "child", pack=CHILD.replace("extends: small", f"extends: {extends}"), **NOTHING)
    assert any(fault.startswith(f"pack.yaml:1: extends: {message}") for fault in faults(child))


def test_a_circle_of_packs_is_refused(tmp_path: Path) -> None:
    write_pack(tmp_path / "small", pack="extends: child\n" + PACK)
    child = write_pack(tmp_path / "child", pack=CHILD, **NOTHING)
    assert any("child → small → child" in str(fault) for fault in load_pack(child).errors)


def test_a_duplicate_in_the_extending_pack_is_no_merge(tmp_path: Path) -> None:
    write_pack(tmp_path / "small")
    twice = CHILD + "  - {id: finance, label: {zh: 又, en: Again}}\n"
    child = write_pack(tmp_path / "child", pack=twice, **NOTHING)
    assert any(fault.startswith("pack.yaml:8: roles[finance]: duplicate id") for fault in faults(child))
