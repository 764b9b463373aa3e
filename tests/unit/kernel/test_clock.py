"""The clock of one process can be moved, in test and demo mode only."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

PROGRAM = "from shared.kernel.clock import SystemClock; print(SystemClock().now().isoformat())"


def told_by_a_process(**environment: str) -> timedelta:
    """How far its clock is before ours."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True)
    return datetime.fromisoformat(done.stdout.strip()) - datetime.now(UTC)  # noqa: TID251 - the clock to compare with


@pytest.mark.parametrize("mode", ["test", "demo"])
@pytest.mark.parametrize("seconds", [-86_400, 86_400])
def test_a_moved_clock(mode: str, seconds: int) -> None:
    moved = told_by_a_process(REDRESS_CLOCK_OFFSET_SECONDS=str(seconds), REDRESS_MODE=mode)
    assert abs(moved - timedelta(seconds=seconds)) < timedelta(hours=1)


@pytest.mark.parametrize(
    "environment",
    [
        {"REDRESS_MODE": "test"},
        {"REDRESS_CLOCK_OFFSET_SECONDS": "86400"},
        {"REDRESS_CLOCK_OFFSET_SECONDS": "86400", "REDRESS_MODE": "production"},
    ],
)
def test_otherwise_it_is_the_systems(environment: dict[str, str]) -> None:
    assert abs(told_by_a_process(**environment)) < timedelta(hours=1)
