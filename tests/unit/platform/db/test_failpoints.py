"""A failpoint kills its own process, when and only when it is armed."""

import signal
import subprocess
import sys

import pytest

PROGRAM = """
from shared.platform.failpoints import failpoint
for _ in range(3):
    failpoint("other")
    failpoint("here")
print("survived")
"""


def run(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=False, timeout=30
    )


@pytest.mark.parametrize("spec", ["here", "here:1", "here:3"])
@pytest.mark.parametrize("mode", ["test", "demo"])
def test_an_armed_point_kills_the_process(spec: str, mode: str) -> None:
    done = run(REDRESS_FAILPOINT=spec, REDRESS_MODE=mode)
    assert done.returncode == -signal.SIGKILL
    assert done.stdout == ""


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"REDRESS_FAILPOINT": "here"},
        {"REDRESS_FAILPOINT": "here", "REDRESS_MODE": "production"},
        {"REDRESS_FAILPOINT": "here:4", "REDRESS_MODE": "test"},
        {"REDRESS_FAILPOINT": "elsewhere", "REDRESS_MODE": "test"},
        {"REDRESS_FAILPOINT": "", "REDRESS_MODE": "test"},
    ],
)
def test_otherwise_it_does_nothing(environment: dict[str, str]) -> None:
    assert run(**environment).stdout == "survived\n"
