"""What a scenario refers to is looked for before anything runs: people, cases, answers, packs, and the order of time."""

from pathlib import Path

import pytest

from operate.scenarios.load import load_scenario
from operate.scenarios.located import ScenarioInvalid
from shared.packs.publishing.load import load_pack

PACKS = Path("deploy/policies").resolve()
PACK = PACKS / "laigang"
HEAD = """\
scenario: Title
rules: [R-1]
pack: {pack}
start: 2026-03-05T09:00
people:
  chen: {{roles: []}}
steps:
"""
REGISTER = "  - {by: chen, register: {case_type: quality_objection}}\n"


def refused(tmp_path: Path, steps: str, *, pack: str = str(PACK)) -> list[str]:
    file = tmp_path / "s.yaml"
    file.write_text(HEAD.format(pack=pack) + steps, encoding="utf-8")
    with pytest.raises(ScenarioInvalid) as invalid:
        load_scenario(file)
    return [finding.removeprefix(f"{file}:") for finding in invalid.value.findings]


@pytest.mark.parametrize(
    ("steps", "finding"),
    [
        (
            "  - {by: li, register: {case_type: quality_objection}}\n",
            "8: steps[0].by: `li` is not among `people`: chen",
        ),
        (
            "  - register: {case_type: quality_objection}\n",
            "8: steps[0].register: `by` is missing: which of `people` acts?",
        ),
        ("  - {by: chen, step: {id: analyse}}\n", "8: steps[0].step: of which case? No step before registers one"),
        ("  - expect: {status: accepted}\n", "8: steps[0].expect: of which case? No step before registers one"),
        (
            REGISTER + "  - {by: chen, case: b, step: {id: analyse}}\n",
            "9: steps[1].case: no step before registers or keeps `b`",
        ),
        (REGISTER + "  - {by: chen, approve: }\n", "9: steps[1].approve: no step before quotes a remedy on `case`"),
        (
            REGISTER + "  - {by: chen, decide_extension: {clock: cycle, approve: true}}\n",
            "9: steps[1].decide_extension: no step before requests an extension of `cycle` on `case`",
        ),
        (
            "  - {by: chen, call: {service: sla, path: '/v1/clocks/{page.clock}'}}\n",
            "8: steps[0].call: `{page.…}`: no step before keeps an answer as `page`",
        ),
        (
            "  - at: 2026-03-05T00:59Z\n",
            "8: steps[0].at: `2026-03-05T00:59Z` lies before the step above it: time only goes forward",
        ),
    ],
)
def test_a_step_refers_only_to_what_stands_before_it(tmp_path: Path, steps: str, finding: str) -> None:
    assert refused(tmp_path, steps) == [finding]


def test_an_unknown_pack_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    assert refused(tmp_path, REGISTER, pack="nosuch") == [
        f"3: pack: no pack nosuch: no pack.yaml in that folder, nor is it one under {PACKS}: "
        + ", ".join(sorted(place.parent.name for place in PACKS.glob("*/pack.yaml")))
    ]
    assert refused(tmp_path, "  - {by: chen, publish: {pack: ./none}}\n")[0].startswith("8: steps[0].publish.pack: no")


def test_a_pack_with_faults_is_refused_with_each_of_them_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "pack.yaml").write_text("id: mine\nzone: Nowhere/Land\n", encoding="utf-8")

    heading, *faults = refused(tmp_path, REGISTER, pack="./mine")

    assert heading == f"3: pack: {tmp_path / 'mine'} has faults:"
    assert any("mine/pack.yaml:" in fault for fault in faults)


def test_a_pack_may_lie_beside_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "packs").mkdir()
    (tmp_path / "packs" / PACK.name).symlink_to(PACK)
    (tmp_path / "files").mkdir()
    file = tmp_path / "files" / "s.yaml"
    file.write_text(HEAD.format(pack=f"../packs/{PACK.name}") + REGISTER, encoding="utf-8")

    assert load_scenario(file).pack.valid().pack.id == PACK.name


def test_a_case_may_be_named_in_either_place(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    steps = (
        "  - {by: chen, case: 甲, register: {case_type: quality_objection}}\n"
        "  - {by: chen, step: {id: analyse}}\n"
        "  - {by: chen, register: {case_type: quality_objection, as: b}}\n"
        "  - {by: chen, case: b, step: {id: analyse, input: {of: '{甲.case_id}'}}}\n"
    )
    file.write_text(HEAD.format(pack=PACK) + steps, encoding="utf-8")

    assert len(load_scenario(file).scenario.steps) == 4


def loaded_warnings(tmp_path: Path, head: str, steps: str) -> list[str]:
    file = tmp_path / "s.yaml"
    file.write_text(head + steps, encoding="utf-8")
    return [warning.removeprefix(f"{file}:") for warning in load_scenario(file).warnings]


def test_faults_of_values_of_references_of_names_and_of_times_come_at_once(tmp_path: Path) -> None:
    steps = (
        "  - {by: li, register: {case_type: complaint}}\n"
        "  - {by: chen, evidence: {file: a}}\n"
        "  - {at: 2026-03-04T09:00, by: chen, step: {id: analyze}}\n"
        "  - {at: 2026-02-30, expect: {status: accepted}}\n"
    )

    types = sorted(load_pack("laigang").valid().intake.case_types_by_id)

    assert refused(tmp_path, steps) == [
        "8: steps[0].by: `li` is not among `people`: chen",
        f"8: steps[0].register.case_type: the pack has no case type `complaint`: {', '.join(types)}",
        "9: steps[1].evidence.kind: is missing",
        "9: steps[1].evidence.file: is not known here (is `filename` meant?)",
        "10: steps[2].at: `2026-03-04T09:00` lies before the step above it: time only goes forward",
        "10: steps[2].step.id: the pack has no step `analyze` (is `analyse` meant?)",
        "11: steps[3].at: `2026-02-30` is no day: write 2026-03-05",
    ]


def test_of_a_faulty_step_everything_else_is_checked_too(tmp_path: Path) -> None:
    steps = (
        REGISTER
        + "  - {by: li, at: 2026-03-01, evidence: {kind: photo}, expect: {clocks: {cycle: {due: 2026-03-05}}}}\n"
        + "  - {by: lo, evidence: {kind: foto, txt: a}, keep: letter}\n"
        + "  - {by: chen, step: {id: analyze}, expects: {status: accepted}}\n"
        + "  - {by: chen, stepp: {id: analyse}}\n"
    )

    assert refused(tmp_path, steps) == [
        "9: steps[1].expect.clocks.cycle.due: is not known here (is `due_at` meant?)",
        "9: steps[1].by: `li` is not among `people`: chen",
        "9: steps[1].at: `2026-03-01` lies before the step above it: time only goes forward",
        "10: steps[2].evidence.txt: is not known here (is `text` meant?)",
        "10: steps[2].by: `lo` is not among `people`: chen",
        "10: steps[2].evidence.kind: the pack has no evidence `foto` (is `photo` meant?)",
        "11: steps[3]: unknown key `expects` (is `expect` meant?)",
        "11: steps[3].step.id: the pack has no step `analyze` (is `analyse` meant?)",
        "12: steps[4]: unknown verb `stepp` (is `step` meant?)",
    ]


def test_what_a_faulty_step_would_have_made_is_not_missed_afterwards(tmp_path: Path) -> None:
    steps = (
        "  - {by: chen, keep: letter, register: {type: quality_objection}}\n"
        "  - {by: chen, call: {service: intake, path: '/v1/cases/{letter.case_id}'}}\n"
    )

    assert {finding.partition(":")[0] for finding in refused(tmp_path, steps)} == {"8"}


@pytest.mark.parametrize(
    ("steps", "finding"),
    [
        (
            "  - {by: chen, register: {case_type: quality_objektion}}\n",
            "8: steps[0].register.case_type: the pack has no case type `quality_objektion` (is `quality_objection` meant?)",
        ),
        (
            REGISTER + "  - {by: chen, step: {id: analyze}}\n",
            "9: steps[1].step.id: the pack has no step `analyze` (is `analyse` meant?)",
        ),
        (
            REGISTER + "  - {by: chen, evidence: {kind: foto}}\n",
            "9: steps[1].evidence.kind: the pack has no evidence `foto` (is `photo` meant?)",
        ),
        (
            REGISTER + "  - {by: chen, quote: {remedy: price_differences}}\n",
            "9: steps[1].quote.remedy: the pack has no remedy `price_differences` (is `price_difference` meant?)",
        ),
        (
            REGISTER + "  - expect: {clocks: {cycel: {state: running}, cycle: {state: running}}}\n",
            "9: steps[1].expect.clocks.cycel: the pack has no clock `cycel` (is `cycle` meant?)",
        ),
    ],
)
def test_a_name_that_the_pack_does_not_have_is_refused_with_the_nearest(
    tmp_path: Path, steps: str, finding: str
) -> None:
    assert refused(tmp_path, steps) == [finding]


def test_where_a_refusal_is_expected_any_name_may_stand(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    steps = (
        "  - {by: chen, register: {case_type: nosuch}, refused: {code: not_found}}\n"
        "  - {by: chen, register: {case_type: nosuch}, expect: {http: 404}}\n"
        "  - {by: chen, register: {case_type: quality_objection}}\n"
        "  - expect: {clocks: {nosuch: {absent: true}}}\n"
    )
    file.write_text(HEAD.format(pack=PACK) + steps, encoding="utf-8")

    assert len(load_scenario(file).scenario.steps) == 4


def test_roles_and_rules_that_the_pack_does_not_have_are_doubts_and_no_faults(tmp_path: Path) -> None:
    head = HEAD.format(pack=PACK).replace("roles: []", "roles: [clerk, enterprise_management]")

    assert loaded_warnings(tmp_path, head, REGISTER) == [
        "2: rules[0]: the pack does not carry out a rule `R-1`",
        "6: people.chen: the pack has no role `clerk`",
    ]


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        (
            "of {letter} here",
            "10: steps[2].step: `{letter}` is a whole answer and cannot stand inside other text: name one of its fields",
        ),
        ("{leter}", "10: steps[2].step: `{leter.…}`: no step before keeps an answer as `leter`"),
    ],
)
def test_a_whole_answer_stands_alone_or_is_refused(tmp_path: Path, text: str, finding: str) -> None:
    steps = (
        REGISTER
        + "  - {by: chen, keep: letter, evidence: {kind: photo}}\n"
        + f"  - {{by: chen, step: {{id: analyse, input: {{opinion: '{text}'}}}}}}\n"
    )

    assert refused(tmp_path, steps) == [finding]


def test_requests_side_by_side_are_checked_like_steps(tmp_path: Path) -> None:
    steps = (
        REGISTER
        + "  - at_once:\n"
        + "      - {by: li, step: {id: analyse}}\n"
        + "      - {by: chen, step: {id: nosuch}}\n"
        + "      - {step: {id: analyse}}\n"
    )

    assert refused(tmp_path, steps) == [
        "10: steps[1].at_once[0].by: `li` is not among `people`: chen",
        "11: steps[1].at_once[1].step.id: the pack has no step `nosuch`: "
        + ", ".join(sorted(step.id for step in load_pack(PACK).valid().intake.steps)),
        "12: steps[1].at_once[2].step: `by` is missing: which of `people` acts?",
    ]
