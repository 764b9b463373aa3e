"""What a scenario refers to is looked for before anything runs: people, cases, answers, packs, and the order of time."""

from pathlib import Path

import pytest

from operate.scenarios.located import ScenarioInvalid
from operate.scenarios.ready import load

PACKS = Path("deploy/policies").resolve()
PACK = min(PACKS.glob("*/pack.yaml")).parent
HEAD = """\
scenario: Title
rules: [R-1]
pack: {pack}
start: 2026-03-05T09:00
people:
  chen: {{roles: []}}
steps:
"""
REGISTER = "  - {by: chen, register: {case_type: q}}\n"


def refused(tmp_path: Path, steps: str, *, pack: str = str(PACK)) -> list[str]:
    file = tmp_path / "s.yaml"
    file.write_text(HEAD.format(pack=pack) + steps, encoding="utf-8")
    with pytest.raises(ScenarioInvalid) as invalid:
        load(file)
    return [finding.removeprefix(f"{file}:") for finding in invalid.value.findings]


@pytest.mark.parametrize(
    ("steps", "finding"),
    [
        ("  - {by: li, register: {case_type: q}}\n", "8: steps[0].by: `li` is not among `people`: chen"),
        ("  - register: {case_type: q}\n", "8: steps[0].register: who acts? `by:` is missing"),
        ("  - {by: chen, step: {id: x}}\n", "8: steps[0].step: of which case? No step before registers one"),
        ("  - expect: {status: x}\n", "8: steps[0].expect: of which case? No step before registers one"),
        (
            REGISTER + "  - {by: chen, case: b, step: {id: x}}\n",
            "9: steps[1].case: no step before registers or keeps `b`",
        ),
        (REGISTER + "  - {by: chen, approve: }\n", "9: steps[1].approve: no step before quotes a remedy on `case`"),
        (
            REGISTER + "  - {by: chen, decide_extension: {clock: c, approve: true}}\n",
            "9: steps[1].decide_extension: no step before requests an extension of `c` on `case`",
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

    assert load(file).pack.valid().pack.id == PACK.name


def test_a_case_may_be_named_in_either_place(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    steps = (
        "  - {by: chen, case: 甲, register: {case_type: q}}\n"
        "  - {by: chen, step: {id: x}}\n"
        "  - {by: chen, register: {case_type: q, as: b}}\n"
        "  - {by: chen, case: b, step: {id: x, input: {of: '{甲.case_id}'}}}\n"
    )
    file.write_text(HEAD.format(pack=PACK) + steps, encoding="utf-8")

    assert len(load(file).scenario.steps) == 4
