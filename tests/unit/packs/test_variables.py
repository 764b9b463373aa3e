"""What expressions and texts read exists at every depth, and is compared only with words that it can be."""

from pathlib import Path

import pytest

from tests.support.packs import FAULTY_REMEDY, INTAKE, NOTIFY, SLA, errors, write_pack

MORE = """\
evidence:
  - {id: photo, label: {zh: 照, en: Photo}, media_types: [image/png]}
files:
  - {id: file, label: {zh: 全, en: File}, cite: X-1 Art.1, items: [{kind: photo}]}
records:
  - id: sample
    label: {zh: 样, en: Sample}
    cite: X-1 Art.1
    fields: [{id: weight, label: {zh: 重, en: Weight}, type: decimal}]
documents:
  - {id: slip, label: {zh: 单, en: Slip}, cite: X-1 Art.1, number: "S-{seq:5}",
     fields: [{id: amount_minor, label: {zh: 额, en: Amount}, value: "1"}, {id: private, label: {zh: 私, en: Private}, value: "1", shared: false}]}
"""
STEPS = """\
  - id: write
    label: {zh: 写, en: Write}
    cite: X-2 Art.2
    from: [open]
    roles: [clerk]
    input:
      - {id: origin, label: {zh: 来, en: Origin}, type: choice, choices: [confirmed, unknown], shared: true}
      - {id: in_scope, label: {zh: 属, en: In scope}, type: boolean, shared: true}
      - {id: note, label: {zh: 注, en: Note}, type: text}
    require:
      - {that: "GATE", code: no, cite: X-2 Art.2, message: {zh: 否, en: "No"}}
    document: {template: slip, action: issue}
    milestones: [slip.written]
  - id: enter
    label: {zh: 录, en: Enter}
    cite: X-2 Art.2
    from: [open]
    roles: [clerk]
    record: sample
    milestones: [sample.entered]
    on: [{event: clock.warned, when: "WHEN"}]
"""


def pack(folder: Path, *, gate: str = "true", when: str = "true", notify: str = NOTIFY) -> Path:
    steps = STEPS.replace("GATE", gate).replace("WHEN", when)
    settlement = FAULTY_REMEDY.replace("inputs.amont", "inputs.amount")
    return write_pack(folder, intake=INTAKE + steps + MORE, sla=SLA, settlement=settlement, notify=notify)


def of(folder: Path, path: str) -> list[str]:
    return [text.partition(f"{path}: ")[2] for text in errors(folder) if f": {path}: " in text]


@pytest.mark.parametrize(
    ("gate", "fault"),
    [
        ("input.origin == 'confirmd'", "input.origin is never 'confirmd'"),
        ("input.in_scope == 'true'", "input.in_scope is never 'true'; write true without quotes"),
        ("input.orign == 'confirmed'", "no input.orign; origin?"),
        ("documents.slip.fields.amount_mnor == 1", "no documents.slip.fields.amount_mnor; amount_minor?"),
        ("documents.slip.stat == 'final'", "no documents.slip.stat; state?"),
        ("documents.slip.state == 'finale'", "documents.slip.state is never 'finale'"),
        ("some(remedies, #.state == 'aproved')", "remedies.#.state is never 'aproved'"),
        ("some(remedies, #.amount_mnor > 1)", "no remedies.#.amount_mnor; amount_minor?"),
        ("some(remedies, #.remedy == 'refnd')", "remedies.#.remedy is never 'refnd'"),
        ("count(records.sample, #.weigt == '1') > 0", "no records.sample.#.weigt; weight?"),
        ("clocks.cicle.state == 'met'", "no clocks.cicle"),
        ("clocks.reply.stat == 'met'", "no clocks.reply.stat; state?"),
        ("clocks.reply.state == 'runing'", "clocks.reply.state is never 'runing'"),
        ("len(files.file.mising) == 0", "no files.file.mising; missing?"),
        ("contains(files.file.missing, 'photograph')", "files.file.missing is never 'photograph'"),
        ("contains(evidence.kinds, 'photograph')", "evidence.kinds is never 'photograph'"),
        ("case.channel == 'emial'", "case.channel is never 'emial'"),
        ("facts.sevrity == 'major'", "no fact sevrity; severity?"),
        ("parent.facts.sevrity == 'major'", "no fact sevrity; severity?"),
        ("remedies.state == 'approved'", "no remedies.state"),
    ],
)
def test_a_name_or_word_below_the_first_is_looked_at(tmp_path: Path, gate: str, fault: str) -> None:
    assert of(pack(tmp_path / "small", gate=gate), "steps[write].require[0].that") == [fault]


@pytest.mark.parametrize(
    "gate",
    [
        "input.origin == 'confirmed' and input.in_scope == true and (input.note ?? '') != 'x'",
        "(documents.slip.state ?? 'draft') in ['draft', 'signing', 'final']",
        "some(remedies, #.state == 'payout_requested' and #.remedy == 'refund' and #.mode == 'money')",
        "clocks.reply.state == 'running' or (clocks.reply.due_at ?? '') == ''",
        "count(records.sample, number(#.weight) > 1) == len(visits)",
        "contains(files.file.missing, 'photo') or 'photo' in evidence.kinds",
        "case.channel == 'web' and 'clerk' in actor.roles and evidence.count > 0",
        "all(parent.milestones ?? [], # != 'case.closed')",
    ],
)
def test_what_is_there_is_admitted(tmp_path: Path, gate: str) -> None:
    assert of(pack(tmp_path / "small", gate=gate), "steps[write].require[0].that") == []


def test_a_reaction_reads_what_its_event_says(tmp_path: Path) -> None:
    path = "steps[enter].on[0].when"
    assert of(pack(tmp_path / "a", when="event.clok == 'reply'"), path) == ["no event.clok; clock?"]
    assert of(pack(tmp_path / "b", when="event.clock == 'reply'"), path) == []
    assert of(pack(tmp_path / "c", when="event.clock == 'replay'"), path) == ["event.clock is never 'replay'"]


def rule(on: str, when: str, *, body: str = "Hello") -> str:
    told = f'  - {{id: more, cite: X-5 Art.5, on: [{on}], when: "{when}", recipients: [{{role: clerk}}], template: said}}\n'
    words = (
        f"  - id: said\n    locales:\n      zh-CN: {{subject: a, body: '{body}'}}\n      en: {{subject: a, body: b}}\n"
    )
    return NOTIFY.replace("rules:\n", f"{words}rules:\n") + told


@pytest.mark.parametrize(
    ("on", "when", "fault"),
    [
        ("remedy.accepted", "event.name == 'remedy.acepted'", "event.name is never 'remedy.acepted'"),
        ("remedy.accepted", "event.amount.minr > 1", "no event.amount.minr; minor?"),
        ("slip.written", "event.details.orign == 'confirmed'", "no event.details.orign; origin?"),
        ("slip.written", "event.details.note == 'x'", "no event.details.note"),
        ("slip.written", "document.fields.private == '1'", "no document.fields.private"),
        ("slip.written", "document.template == 'slp'", "document.template is never 'slp'"),
    ],
)
def test_a_rule_reads_what_its_events_say(tmp_path: Path, on: str, when: str, fault: str) -> None:
    assert of(pack(tmp_path / "small", notify=rule(on, when)), "rules[more].when") == [fault]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("{{ facts.secret }}", "facts.secret is not shared with other services"),
        ("{{ labels.secret }}", "labels.secret is not shared with other services"),
        ("{{ event.details.orign }}", "on slip.written: no `event.details.orign`; origin?"),
        ("{{ event.details.note }}", "on slip.written: no `event.details.note`"),
        ("{{ document.fields.x }}", "on slip.written: no `document.fields.x`"),
        ("{{ document.fields.private }}", "on slip.written: no `document.fields.private`"),
        ("{{ facts.severity }} {{ event.details.origin }} {{ document.fields.amount_minor }}", None),
    ],
)
def test_a_text_names_only_what_other_services_get(tmp_path: Path, body: str, fault: str | None) -> None:
    folder = pack(tmp_path / "small", notify=rule("slip.written", "true", body=body))
    assert of(folder, "templates[said].locales.zh-CN.body") == ([fault] if fault else [])


def test_several_faults_of_one_text_are_as_many_findings(tmp_path: Path) -> None:
    body = "{{ event.nothing }} {{ case.numbr }} {{ event.at }} {{ facts.secret }} {{ event.actor }}"
    found = of(
        pack(tmp_path / "small", notify=rule("slip.written", "true", body=body)), "templates[said].locales.zh-CN.body"
    )
    assert [text.partition(":")[2].strip().split(";")[0] or text for text in found] == [
        "no `event.nothing`",
        "no `case.numbr`",
        "a datetime is printed as it is",
        "a dict is printed as it is",
        "facts.secret is not shared with other services",
    ]


def test_several_malformed_places_of_one_text_are_as_many_findings(tmp_path: Path) -> None:
    body = "{{ case.number | upcase }} {% set x = 1 %} {{ case.number | shout }}"
    found = of(
        pack(tmp_path / "small", notify=rule("slip.written", "true", body=body)), "templates[said].locales.zh-CN.body"
    )
    assert [text.partition(";")[0] for text in found] == [
        "bad text: line 1: no filter named `upcase`",
        "bad text: line 1: `assign` is not part of the language",
        "bad text: line 1: no filter named `shout`",
    ]


def test_a_wrong_event_of_a_rule_is_one_finding(tmp_path: Path) -> None:
    """Nothing is said of what the rule and its text read of an event that does not exist."""
    notify = rule("clock.warnd", "event.clock == 'reply'", body="{{ event.due_at | day }} {{ event.label }}")
    found = [text for text in errors(pack(tmp_path / "small", notify=notify)) if "notify.yaml" in text]
    assert len(found) == 1, found
    assert found[0].endswith("rules[more].on[0]: no event clock.warnd; clock.warned?")
