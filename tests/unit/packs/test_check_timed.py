"""What publication finds about recurring cases and retention."""

from pathlib import Path

import pytest

from shared.packs.publishing.load import load_pack
from tests.support.packs import write_pack
from tests.support.timed_pack import INTAKE_TIMED


def found(folder: Path, old: str, new: str) -> list[str]:
    assert old in INTAKE_TIMED, old
    loaded = load_pack(write_pack(folder / "small", intake=INTAKE_TIMED.replace(old, new, 1)))
    return [f"{fault.path}: {fault.severity}: {fault.message}" for fault in loaded.diagnostics]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("case_type: diary", "case_type: dairy", "recurring[diary].case_type: error: no case type dairy; diary?"),
        ("case_type: diary", "case_type: complaint",
         "recurring[diary].case_type: error: complaint takes nothing through the channel internal"),
        ("owner: leader", "owner: leadr", "recurring[audit].owner: error: no role leadr; leader?"),
        ("reached: case.closed", "reached: case.closd",
         "recurring[audit].sample.reached: error: no event case.closd; case.closed?"),
        ("case_types: [complaint]\n      reached", "case_types: [complain]\n      reached",
         "recurring[audit].sample.case_types[0]: error: no case type complain; complaint?"),
        ("into: drawn", "into: drwan", "recurring[audit].sample.into: error: no fact drwan; drawn?"),
        ("into: drawn", "into: period", "recurring[audit].sample.into: error: period is no list"),
        ("period: period.label,", "", "recurring[audit].facts: error: audit requires the fact period"),
        ("period: period.label,", "period: period.name,", "recurring[audit].facts.period: error: no period.name"),
        ("period: period.label,", "period: case.number,",
         "recurring[audit].facts.period: error: nothing called case is known here"),
        ("period: period.label,", "period: facts.period,",
         "recurring[audit].facts.period: error: there are no facts yet; use period and sample"),
        ("    case_type: diary\n", "    case_type: diary\n    when: sample.size > 0\n",
         "recurring[diary].when: error: nothing called sample is known here"),
        ("when: facts.severity == 'normal'", "when: clocks.reply != null and facts.severity == 'normal'",
         "recurring[audit].sample.when: error: nothing called clocks is known here"),
        ("from: case.archived", "from: case.archive",
         "retention[complaints].from: error: no event case.archive; case.archived?"),
        ("roles: [leader]\n", "roles: [boss]\n", "steps[close].roles[0]: error: no role boss"),
        ("hold_when: facts.important", "hold_when: facts.importnt",
         "retention[complaints].hold_when: error: no fact importnt"),
        ("    case_types: [complaint]\n    from", "    case_types: [complain]\n    from",
         "retention[complaints].case_types[0]: error: no case type complain; complaint?"),
        ("    from: case.archived", "    after: files\n    from: case.archived",
         "retention[complaints].after: warning: no rule of `evidence_retention` is for files of these cases"),
        ("owner: leader", "owner: clerk",
         "case_types[diary].id: warning: no rule says how long diary is kept, so it is never purged"),
    ],
)  # fmt: skip
def test_found(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert expected in "\n".join(found(tmp_path, old, new))


def test_a_good_pack_has_no_error(tmp_path: Path) -> None:
    assert [said for said in found(tmp_path, "owner: leader", "owner: clerk") if ": error: " in said] == []
