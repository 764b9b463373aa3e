"""`redress policy diff`: what differs between two packs, element by element, in an author's words."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from operate.policy_commands import app
from operate.policy_diff import changes, told
from tests.support.packs import INTAKE, PACK, documents, edited, write_pack

OWNER = "  - {owner: clerk, cite: X-1 Art.1}"


def difference(tmp_path: Path, **changed: str) -> list[str]:
    """From the small pack to one with these files."""
    return told(changes(documents(tmp_path / "old"), documents(tmp_path / "new", **changed))).splitlines()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, ["No difference."]),
        (
            edited("intake", "goto: done", "goto: open"),
            ["intake.steps[close] 结案 / Close (X-3 Art.3)", "    goto: done → open", "Rules touched: X-3"],
        ),
        (
            edited("intake", "cite: X-2 Art.2", "cite: [X-2 Art.2, X-9 Art.9]"),
            [
                "intake.steps[accept] 受理 / Accept (X-2 Art.2; X-9 Art.9)",
                '    cite: X-2 Art.2 → ["X-2 Art.2","X-9 Art.9"]',
                "Rules touched: X-2, X-9",
            ],
        ),
        (
            edited("intake", OWNER, "  - {when: facts.severity == 'major', owner: leader, cite: X-8 Art.8}\n" + OWNER),
            [
                "intake.owners[0] (X-8 Art.8)",
                '    added: {"cite":"X-8 Art.8","owner":"leader","when":"facts.severity == \'major\'"}',
                "Rules touched: X-8",
            ],
        ),
        (
            edited("intake", OWNER, "  - {owner: leader, cite: X-1 Art.1}"),
            ["intake.owners[0] (X-1 Art.1)", "    owner: clerk → leader", "Rules touched: X-1"],
        ),
        (
            edited("intake", "  - {id: secret, label: {zh: 密, en: Secret}, type: text}\n", ""),
            ["intake.facts[secret] 密 / Secret", "    removed: secret"],
        ),
        (
            edited("intake", "channels: [web]", "channels: [web, fax]"),
            [
                "intake.case_types[complaint] 投诉 / Complaint (X-1 Art.1)",
                '    channels: ["web"] → ["web","fax"]',
                "Rules touched: X-1",
            ],
        ),
        (
            edited("pack", "{zh: 小, en: Small}", "{zh: 大, en: Large}"),
            ["pack", "    title: 小 / Small → 大 / Large"],
        ),
    ],
)
def test_each_kind_of_difference(tmp_path: Path, changed: dict[str, str], expected: list[str]) -> None:
    assert difference(tmp_path, **changed) == expected


def test_the_order_of_named_things_is_told(tmp_path: Path) -> None:
    first, second = INTAKE.index("  - id: accept"), INTAKE.index("  - id: close")
    turned = INTAKE[:first] + INTAKE[second:] + INTAKE[first:second]

    assert difference(tmp_path, intake=turned) == [
        "intake.steps",
        '    order: ["accept","close"] → ["close","accept"]',
    ]


def test_the_command_compares_two_folders(tmp_path: Path) -> None:
    old = write_pack(tmp_path / "old" / "small")
    new = write_pack(tmp_path / "new" / "small", pack=PACK.replace("owner: Somebody", "owner: Another"))
    result = CliRunner().invoke(app, ["diff", str(old), str(new)])

    assert result.exit_code == 0
    assert result.stdout == "pack\n    owner: Somebody → Another\n"
