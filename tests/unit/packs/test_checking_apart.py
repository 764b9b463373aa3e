"""Packs are checked in another process with limits; what exceeds them is refused and the next pack is checked."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from operate.policy_commands import app
from shared.packs.documents import digest
from shared.packs.language.diagnostics import MOST_FINDINGS, LocatedDiagnostic, PackTooLarge, first_findings
from shared.packs.publishing.apart import Checker, PackTooComplex
from shared.packs.publishing.checking_process import checked
from shared.packs.publishing.size import MOST_NODES, refuse_too_large
from tests.support.packs import documents, write_pack

MODULE = "shared.packs.publishing.checking_process"


def process(**limits: float) -> Checker:
    """The real process with other limits."""
    changes = "".join(f"p.{name} = {value}\n" for name, value in limits.items())
    return Checker(command=(sys.executable, "-c", f"import {MODULE} as p\n{changes}p.main()"))


@pytest.fixture
def small(tmp_path: Path) -> dict[str, Any]:
    return documents(tmp_path)


def large(small: dict[str, Any]) -> dict[str, Any]:
    return {**small, "intake": {**small["intake"], "steps": [{}] * 10_000}}


async def test_the_process_says_what_the_review_says(small: dict[str, Any]) -> None:
    checker = Checker()
    found = await checker.check({**small, "pack": {"id": "small"}}, share="a")
    said = orjson.loads(checked(orjson.dumps({**small, "pack": {"id": "small"}})))
    assert [[each.severity, each.code, each.section, each.message] for each in found.findings] == said["findings"]
    assert found.more == 0
    assert (await checker.check(small, share="a")).digest == digest(small)
    checker.close()


@pytest.mark.parametrize("limits", [{"PROCESSOR_SECONDS": 0.3}, {"MEMORY_BYTES": 64 * 2**20}])
async def test_a_pack_that_exceeds_a_limit_is_refused_and_the_next_is_checked(
    small: dict[str, Any], limits: dict[str, float]
) -> None:
    checker = process(**limits)
    with pytest.raises(PackTooComplex):
        await checker.check(large(small), share="a")
    if "MEMORY_BYTES" not in limits:
        assert (await checker.check(small, share="a")).digest == digest(small)
    checker.close()


async def test_one_organisation_has_one_pack_checked_at_a_time(small: dict[str, Any]) -> None:
    order: list[str] = []
    checker = Checker()

    async def check(share: str, pack: dict[str, Any]) -> None:
        await checker.check(pack, share=share)
        order.append(share)

    await checker.check(small, share="warm")
    await asyncio.gather(*(check("greedy", large(small)) for _ in range(3)), check("modest", small))
    assert order.index("modest") <= 1  # beside the first of the greedy ones, before the others
    checker.close()


@pytest.mark.parametrize(
    "grow",
    [
        lambda: {"pack": {f"k{number}": 1 for number in range(MOST_NODES)}},
        lambda: {"pack": {"a": [[]] * MOST_NODES}},
        lambda: {"pack": {"a": "x" * 600_000}},
    ],
)
def test_what_is_too_large_is_not_looked_at(grow: Callable[[], Any]) -> None:
    with pytest.raises(PackTooLarge):
        refuse_too_large(grow())


def test_the_most_keys_and_items_are_looked_at() -> None:
    refuse_too_large({"pack": {"a": [0] * (MOST_NODES - 2)}})
    with pytest.raises(PackTooLarge):
        refuse_too_large({"pack": {"a": [0] * (MOST_NODES - 1)}})


def finding(number: int, severity: Any) -> LocatedDiagnostic:
    return LocatedDiagnostic(file="intake", line=number, path="", message="", severity=severity)


def test_when_not_all_findings_are_told_errors_come_first() -> None:
    warnings = [finding(number, "warning") for number in range(MOST_FINDINGS)]
    assert first_findings(warnings) == (warnings, 0)
    error = finding(1000, "error")
    told, more = first_findings([*warnings, error])
    assert (told[0], len(told), more) == (error, MOST_FINDINGS, 1)


def test_the_command_has_the_same_caps(tmp_path: Path) -> None:
    steps = "".join("\n  - {}" for _ in range(300))
    folder = write_pack(tmp_path / "small", intake=f"steps:{steps}\n")
    said = CliRunner().invoke(app, ["lint", str(folder)])
    assert said.exit_code == 1
    lines = said.stdout.splitlines()
    assert len(lines) == MOST_FINDINGS + 1
    assert lines[-1].startswith("and ")
    write_pack(folder, intake="steps:" + "".join("\n  - {}" for _ in range(MOST_NODES)) + "\n")
    refused = CliRunner().invoke(app, ["lint", str(folder)])
    assert refused.exit_code != 0
    assert "too many keys and items" in str(refused.exception) + refused.output
