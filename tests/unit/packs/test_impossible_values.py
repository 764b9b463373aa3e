"""A value that a fact, an input or a limit can never have is refused where it is written."""

from pathlib import Path

import pytest

from tests.support.packs import INTAKE, NOTIFY, edited, errors, write_pack

STEP = """\
  - id: enter
    label: {zh: 录, en: Enter}
    cite: X-2 Art.2
    from: [open]
    roles: [clerk]
    input:
      - {id: level, label: {zh: 级, en: Level}, type: choice, choices: [normal, minor], required: true}
    set: {severity: SET}
    on: [{event: case.registered, relation: parent, input: {REACTION}}]
  - {id: split, label: {zh: 拆, en: Split}, cite: X-2 Art.2, from: open, roles: [clerk],
     opens: [{relation: part, case_type: complaint, cite: X-2 Art.2}]}
"""


def told(folder: Path, path: str) -> list[str]:
    return [text.partition(f"{path}: ")[2] for text in errors(folder) if f": {path}: " in text]


def with_step(folder: Path, *, value: str = "facts.severity", reaction: str = "level: \"'normal'\"") -> Path:
    return write_pack(folder, intake=INTAKE + STEP.replace("SET", value).replace("REACTION", reaction))


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("\"'norml'\"", "severity is never 'norml'"),
        ("true", "severity is of type choice and never true"),
        ('"3"', "severity is of type choice and never a number"),
        ("input.level", "input.level may be minor, which the fact severity may not"),
        ("\"'major'\"", None),
        ('"null"', None),
    ],
)
def test_a_fact_is_set_to_what_it_can_be(tmp_path: Path, value: str, fault: str | None) -> None:
    found = told(with_step(tmp_path / "small", value=value), "steps[enter].set.severity")
    assert found == ([fault] if fault else [])


def test_a_reaction_gives_the_inputs_that_its_step_needs_and_no_others(tmp_path: Path) -> None:
    folder = with_step(tmp_path / "small", reaction="levl: \"'normal'\"")
    assert told(folder, "steps[enter].on[0].input.levl") == ["the step has no input levl"]
    assert told(folder, "steps[enter].on[0].input") == ["the step needs the inputs level"]
    folder = with_step(tmp_path / "other", reaction="level: \"'huge'\"")
    assert told(folder, "steps[enter].on[0].input.level") == ["level is never 'huge'"]


def test_a_fact_that_is_not_entered_cannot_be_required(tmp_path: Path) -> None:
    text = INTAKE.replace("    channels: [web]\n", "    channels: [web, web]\n    requires: [tonnes]\n")
    text = text.replace("type: decimal, shared: true", "type: decimal, shared: true, enterable: false")
    folder = write_pack(tmp_path / "small", intake=text)
    assert told(folder, "case_types[complaint].requires[0]") == ["tonnes is not entered (`enterable: false`)"]
    assert told(folder, "case_types[complaint].channels") == ["web stands twice"]


def test_bounds_and_choices(tmp_path: Path) -> None:
    text = INTAKE.replace("type: decimal, shared: true", 'type: decimal, shared: true, min: "3", max: "2"')
    text = text.replace("choices: [normal, major]", "choices: [normal, major, normal]")
    folder = write_pack(tmp_path / "small", intake=text)
    assert told(folder, "facts[tonnes].max") == ["nothing is at least 3 and at most 2"]
    assert told(folder, "facts[severity].choices") == ["normal stands twice"]


def test_a_signer_is_a_party_of_the_paper(tmp_path: Path) -> None:
    more = (
        "  - {id: sign, label: {zh: 签, en: Sign}, cite: X-2 Art.2, from: [open], roles: [clerk],\n"
        "     document: {template: slip, action: sign},\n"
        "     input: [{id: party, label: {zh: 方, en: Party}, type: choice, choices: [seller, bank]},\n"
        "             {id: signer, label: {zh: 人, en: Signer}, type: text}]}\n"
        "documents:\n"
        "  - {id: slip, label: {zh: 单, en: Slip}, cite: X-1 Art.1, number: 'S-{seq:5}',\n"
        "     signers: [{party: seller, label: {zh: 卖, en: Seller}}],\n"
        "     fields: [{id: one, label: {zh: 一, en: One}, value: '1'}]}\n"
    )
    folder = write_pack(tmp_path / "small", intake=INTAKE + more)
    assert told(folder, "steps[sign].input[party].choices") == ["bank is no party of slip"]


def test_a_channel_stands_once(tmp_path: Path) -> None:
    notify = NOTIFY.replace("template: told}", "template: told, channels: [email, email]}")
    assert told(write_pack(tmp_path / "small", notify=notify), "rules[tell].channels") == ["a channel stands twice"]


def test_several_citations_are_a_list(tmp_path: Path) -> None:
    changed = edited("sla", "    cite: X-4 Art.4\n", "    cite: X-4 Art.4, X-5 Art.5\n")
    assert told(write_pack(tmp_path / "small", **changed), "clocks[reply].cite") == [
        "write several citations as a list: [X-4 Art.4, X-5 Art.5]"
    ]


def test_an_order_of_text_and_number_is_told_without_the_words_of_the_engine(tmp_path: Path) -> None:
    changed = edited("sla", "facts.severity == 'major'", "facts.tonnes > 3")
    assert told(write_pack(tmp_path / "small", **changed), "clocks[reply].goals[major].when") == [
        (
            "fails with ordinary values: 'facts.tonnes > 3' compares or computes values of two types; "
            "a decimal is text: write number(…)"
        )
    ]
