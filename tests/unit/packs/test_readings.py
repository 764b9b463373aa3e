"""Other readings of what a source leaves open: listed, tried, published in place of those in the files."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from operate.policy_commands import app
from shared.packs.documents import Documents, parse_sections
from shared.packs.pack.model import PackSection
from shared.packs.publishing.load import ROOT, load_pack
from shared.packs.publishing.readings import ReadingUnknown, tried, value_at, with_readings
from shared.packs.publishing.registry import errors
from tests.support.packs import PACK, documents, write_pack

LABEL = {"zh": "读", "en": "Read"}
PACKS = sorted(place.parent.name for place in ROOT.glob("*/pack.yaml"))


def the_pack(tmp_path: Path, **gap: Any) -> tuple[Documents, PackSection]:
    """The small pack with a gap about when its clock stops and about the words of the shop."""
    found = documents(tmp_path)
    found["pack"]["gaps"] = [{"ref": "A1", "text": LABEL, "reading": LABEL, **gap}]
    return found, PackSection.parse(found["pack"])


def other(name: str, value: object) -> dict[str, Any]:
    return {"id": name, "value": value, "reading": {"zh": "另读", "en": f"Read as {name}"}}


START = {
    "where": "sla.clocks[reply].start",
    "alternatives": [other("registered", "case.registered"), other("never", "case.forgotten")],
}


def test_a_reading_replaces_the_value_and_is_told(tmp_path: Path) -> None:
    found, pack = the_pack(tmp_path, **START)
    changed = with_readings(found, pack, {"A1": "registered"})

    assert value_at(found, "sla.clocks[reply].start") == "case.accepted"
    assert parse_sections(changed).sla.clocks[0].start == "case.registered"
    gap = parse_sections(changed).pack.gaps[0]
    assert (gap.reading.en, gap.chosen) == ("Read as registered", "registered")
    assert "chosen" not in found["pack"]["gaps"][0]  # type: ignore[index]


def test_each_alternative_is_checked_as_at_publication(tmp_path: Path) -> None:
    found, pack = the_pack(tmp_path, **START)

    assert [(each.alternative.id, [fault.message for fault in each.errors]) for each in tried(found, pack)] == [
        ("registered", []),
        ("never", ["no event case.forgotten"]),
    ]


@pytest.mark.parametrize(
    ("chosen", "why"),
    [
        ({"A2": "registered"}, "no gap A2; known: A1"),
        ({"A1": "soon"}, "no alternative of A1 soon; known: registered, never"),
    ],
)
def test_a_reading_that_is_not_stated_is_refused(tmp_path: Path, chosen: dict[str, str], why: str) -> None:
    with pytest.raises(ReadingUnknown, match=why):
        with_readings(*the_pack(tmp_path, **START), chosen)


@pytest.mark.parametrize(
    "where",
    ["sla", "sla.", "sla.clocks[missing].stop", "sla.clocks[9]", "weather.rain", "sla.clocks[reply].stop[4]", "sla..x"],
)
def test_a_path_that_leads_nowhere_is_told(tmp_path: Path, where: str) -> None:
    with pytest.raises(ReadingUnknown):
        value_at(the_pack(tmp_path)[0], where)


def test_a_setting_that_is_left_out_may_be_set(tmp_path: Path) -> None:
    found, pack = the_pack(tmp_path, where="sla.clocks[reply].excusable", alternatives=[other("soft", True)])

    assert value_at(found, "sla.clocks[reply].excusable") is None
    assert parse_sections(with_readings(found, pack, {"A1": "soft"})).sla.clocks[0].excusable is True


def test_alternatives_need_a_place_and_names(tmp_path: Path) -> None:
    _, pack = the_pack(tmp_path, alternatives=[other("soft", True), other("soft", False)], chosen="hard")

    assert list(errors(pack)) == [
        (("gaps", 0, "where"), "alternatives need the path of the value that they replace"),
        (("gaps", 0, "alternatives", 1), "soft is there twice"),
        (("gaps", 0, "chosen"), "there is no alternative hard"),
    ]


@pytest.mark.parametrize("name", PACKS)
def test_gaps_of_the_shipped_packs_name_places_that_are_there_and_alternatives_that_are_sound(name: str) -> None:
    loaded = load_pack(name)
    pack = loaded.valid().pack

    for gap in pack.gaps:
        if gap.where is not None:
            value_at(loaded.documents, gap.where)
    assert [each for each in tried(loaded.documents, pack) if each.errors] == []


def test_the_command_lists_values_now_and_others_and_ends_with_1_where_one_is_unsound(tmp_path: Path) -> None:
    gaps = """\
gaps:
  - ref: A1
    text: {zh: 缺, en: Missing}
    reading: {zh: 读, en: Read}
    where: sla.clocks[reply].stop
    alternatives:
      - {id: never, value: [case.forgotten], reading: {zh: 另读, en: Never}}
"""
    folder = write_pack(tmp_path / "small", pack=PACK[: PACK.index("gaps:")] + gaps)
    result = CliRunner().invoke(app, ["gaps", str(folder)])

    assert result.exit_code == 1
    assert 'where: sla.clocks[reply].stop = ["case.closed"]' in result.stdout
    assert 'or --reading A1=never: ["case.forgotten"]  另读 / Never' in result.stdout
    assert "cannot be published: sla.clocks.0.stop.0: no event case.forgotten" in result.stdout


def test_a_reading_names_the_gap_and_the_alternative() -> None:
    result = CliRunner().invoke(app, ["publish", "laigang", "--reading", "A7", "--token", "x"])

    assert result.exit_code != 0
    assert "write --reading A5=calendar_days" in str(result.exception or result.output)
