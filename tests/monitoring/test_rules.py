"""promtool reads the configuration and the rules, and each alert fires by its fault and ends after it."""

import json
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


@pytest.mark.parametrize(
    ("external", "place"),
    [({}, "docs/runbooks"), ({"runbooks": "https://wiki.example/runbooks"}, "https://wiki.example/runbooks")],
)
def test_an_alert_leads_to_its_runbook_where_it_is_served(external: dict[str, str], place: str, tmp_path: Path) -> None:
    [alert] = [alert for alert in ALERTS if alert.name == "RedressDeadLetters"]
    expected = {
        "exp_labels": {"severity": "ticket", "service": "sla"},
        "exp_annotations": {
            "summary": "sla: 1 events could not be handled",
            "summary_zh": "sla：1 个事件无法处理",
            "runbook_url": f"{place}/RedressDeadLetters.md",
            "dashboard": "/d/redress-kafka",
            "panel": "Parked keys and dead letters",
        },
    }
    test = {
        "interval": "1m",
        "external_labels": external,
        "input_series": [{"series": name, "values": values} for name, values in alert.proof.series.items()],
        "alert_rule_test": [
            {"eval_time": alert.proof.fires_at, "alertname": alert.name, "exp_alerts": [expected]},
        ],
    }
    file = tmp_path / "runbooks.yml"
    file.write_text(json.dumps({"rule_files": [str(RULES.resolve() / "alerts.yml")], "tests": [test]}), "utf-8")
    tested = promtool("test", "rules", str(file))
    assert tested.returncode == 0, tested.stdout + tested.stderr
