"""promtool reads the configuration and the rules, and each alert fires by its fault and ends after it."""

import subprocess
from pathlib import Path

import pytest

from operate.alerts.alert import Alert
from operate.alerts.files import ALERTS
from tests.monitoring.prometheus import NOT_THERE, RULES, find

PROMTOOL = find("promtool")
pytestmark = pytest.mark.skipif(PROMTOOL is None, reason=NOT_THERE)


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(PROMTOOL), *arguments], capture_output=True, text=True, check=False)


def test_configuration_and_rules_are_valid() -> None:
    checked = promtool("check", "config", str(RULES / "prometheus.yml"))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"{len(ALERTS)} rules found" in checked.stdout


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_an_alert_fires_by_its_fault_and_ends_after_it(alert: Alert) -> None:
    tested = promtool("test", "rules", str(RULES / "tests" / f"{alert.name}.yml"))
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_an_alert_that_does_not_fire_is_seen(tmp_path: Path) -> None:
    """promtool refuses an expectation that does not hold: the rows above can fail."""
    text = (RULES / "tests" / "RedressDeadLetters.yml").read_text(encoding="utf-8")
    wrong = text.replace("0x4 1x5 0x5", "0x14").replace("../", f"{RULES.resolve()}/")
    assert wrong != text
    file = tmp_path / "wrong.yml"
    file.write_text(wrong, encoding="utf-8")
    tested = promtool("test", "rules", str(file))
    assert tested.returncode != 0
    assert "RedressDeadLetters" in tested.stdout + tested.stderr
