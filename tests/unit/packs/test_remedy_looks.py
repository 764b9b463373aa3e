"""What publication says of looks at remedies, where they are read and by what they are found."""

from pathlib import Path

import pytest

from tests.support.packs import INTAKE, said, write_pack
from tests.unit.packs.test_currencies import REMEDY

LOOK = """\
looks:
  - {id: earlier, label: {zh: 以前, en: Earlier}, SAME, cite: X-7 Art.7}
"""
FACTS = """\
  - {id: serial, label: {zh: 号, en: Serial}, type: text, shared: true}
  - {id: hidden, label: {zh: 密, en: Hidden}, type: text}
  - {id: weight, label: {zh: 重, en: Weight}, type: decimal, shared: true}
"""
GATE = "require: {{release: [{{that: {that}, code: few, message: {{zh: 少, en: Few}}, cite: X-6 Art.6}}]}}"
READS = "looks.earlier.count < 2"


def found(tmp_path: Path, same: str, *, that: str = READS) -> list[str]:
    remedy = REMEDY.format(currency="CNY") + f"    {GATE.format(that=that)}\n"
    whole = INTAKE.replace("owners:", f"{FACTS}owners:")
    folder = write_pack(tmp_path / "small", intake=whole, settlement=LOOK.replace("SAME", same) + remedy)
    return [line.partition(": ")[2] for line in said(folder)]


@pytest.mark.parametrize(
    ("same", "message"),
    [
        ("same: [customer]", None),
        ("same: [order, facts.serial], within: {amount: 12, unit: month}", None),
        ("same: [facts.serial]", "looks[earlier].same: name `customer` or `order`: remedies are found by one of them"),
        ("same: [order, facts.serail]", "looks[earlier].same[1]: no fact serail"),
        (
            "same: [order, facts.hidden]",
            "looks[earlier].same[1]: facts.hidden is not shared with other services: set `shared: true`",
        ),
        ("same: [order, facts.weight]", "looks[earlier].same[1]: weight is of type decimal, which is no key"),
        ("same: [order], remedies: [swop]", "looks[earlier].remedies[0]: no remedy swop; swap?"),
        ("same: [order], case_types: [complain]", "looks[earlier].case_types[0]: no case type complain; complaint?"),
    ],
)
def test_a_look_is_found_by_what_settlement_knows(tmp_path: Path, same: str, message: str | None) -> None:
    assert found(tmp_path, same) == ([] if message is None else [message])


@pytest.mark.parametrize(
    ("that", "fault"),
    [
        ("looks.erlier.count < 2", "no looks.erlier.count; earlier?"),
        ("looks.earlier.cases == 2", "no looks.earlier.cases"),
    ],
)
def test_what_is_read_of_a_look_exists(tmp_path: Path, that: str, fault: str) -> None:
    assert any(fault in line for line in found(tmp_path, "same: [order]", that=that))


def test_gates_of_settlement_read_the_instant_of_the_action(tmp_path: Path) -> None:
    that = "\"now == at and isBefore(at, '2027-01-01') and looks.earlier.count < 2\""
    assert found(tmp_path, "same: [order]", that=that) == []
