"""The systemd units: systemd itself finds nothing wrong with them, and what they let a process do is little."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from shared.platform.serving import most_seconds_to_stop

UNITS = Path("deploy/systemd")
TEMPLATE = UNITS / "redress@.service"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here")
def test_systemd_reads_every_unit(tmp_path: Path) -> None:
    """The programs of the units are put where systemd looks for them, because it asks whether they can be run."""
    for unit in UNITS.iterdir():
        text = unit.read_text(encoding="utf-8").replace("/opt/redress/.venv/bin/", "/bin/")
        text = re.sub(r"^ExecStart=/bin/\w+", "ExecStart=/bin/true", text, flags=re.MULTILINE)
        (tmp_path / unit.name.replace("@.", "@intake-api.")).write_text(text, encoding="utf-8")
    units = [str(each) for each in sorted(tmp_path.iterdir())]

    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )

    assert verified.stderr == ""
    assert verified.returncode == 0


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here")
def test_a_process_is_hardly_exposed() -> None:
    """systemd's own measure from 0 to 10; it calls less than 2 `OK`."""
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", str(TEMPLATE)]
    judged = subprocess.run(command, capture_output=True, text=True, check=False)

    assert judged.returncode == 0, judged.stdout + judged.stderr


def test_it_is_killed_only_after_it_may_have_ended_by_itself() -> None:
    text = TEMPLATE.read_text(encoding="utf-8")
    [stop] = re.findall(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)
    assert int(stop) > most_seconds_to_stop(20, 5)
    assert "RestartPreventExitStatus=78" in text.splitlines()
