"""Rules and dashboards ask only for what the services export, lead to panels and runbooks that exist, and are on disk."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from operate.alerts import files as alert_files
from operate.alerts.alert import RUNBOOKS as RUNBOOKS_FOLDER
from operate.alerts.alert import Alert
from operate.alerts.files import ALERTS, RECORDINGS
from operate.dashboards import files as dashboard_files
from operate.dashboards.boards import BOARDS
from operate.dashboards.panel import COLUMNS, Board, Panel, both
from operate.metrics_page import Described, catalogues_of, described
from operate.runbooks import pages as runbooks
from operate.runbooks.pages import RUNBOOKS
from operate.runtime.databases import SERVICES
from shared.platform.observability.metrics import PLATFORM
from tests.support.promql import Asked, grouped_by, selectors

EXPORTED: dict[str, list[tuple[str | None, Described]]] = {}
for service in (None, *SERVICES):
    for each in described([PLATFORM] if service is None else catalogues_of(service)):
        endings = ("_bucket", "_sum", "_count") if each.kind == "histogram" else ("",)
        for ending in endings:
            EXPORTED.setdefault(f"{each.exposed}{ending}", []).append((service, each))
OF_SCRAPERS = {"job", "instance", "service"}
OF_PROMETHEUS = {
    "up": OF_SCRAPERS,
    "ALERTS": {"alertname", "alertstate", "severity", *OF_SCRAPERS},
    "process_cpu_seconds_total": OF_SCRAPERS,
    "process_resident_memory_bytes": OF_SCRAPERS,
}
PROMTOOL = re.compile(r"promtool query instant \S+ '([^']*)'")
RECORDED = {each.record: each for each in RECORDINGS}
QUERIES = [
    *((f"alert {alert.name}", alert.expr) for alert in ALERTS),
    *((f"rule {rule.record}", rule.expr) for rule in RECORDINGS),
    *(
        (f"{board.uid}: {panel.title.en}", query.expr)
        for board in BOARDS
        for row in board.rows
        for panel in row.panels
        for query in panel.queries
    ),
    *(
        (f"runbook {name}", expr)
        for name, runbook in RUNBOOKS.items()
        for step in runbook.steps
        for expr in PROMTOOL.findall(step.run)
    ),
]
PANELS = [(board, panel) for board in BOARDS for panel in board.panels]


def faults(expr: str) -> Iterator[str]:
    """What in a query no service exports."""
    asked = selectors(expr)
    known: set[str] = set()
    for one in asked:
        labels = labels_of(one)
        if labels is None:
            yield f"{one.name} is exported by no service"
            continue
        known |= labels
        if more := one.labels - labels:
            yield f"{one.name} has no label {', '.join(sorted(more))}"
        named = [value for label, operator, value in one.matchers if label == "service" and "Equal" in operator]
        owners = {owner for owner, _ in EXPORTED.get(one.name, [])}
        if named and owners and None not in owners and owners != set(named):
            yield f"{one.name} is not exported by {named[0]}"
    if more := grouped_by(expr) - known:
        yield f"nothing has the label {', '.join(sorted(more))}"


def labels_of(asked: Asked) -> set[str] | None:
    if asked.name in RECORDED:
        return grouped_by(RECORDED[asked.name].expr) - {"le"}
    if asked.name in OF_PROMETHEUS:
        return OF_PROMETHEUS[asked.name]
    if asked.name not in EXPORTED:
        return None
    le = {"le"} if asked.name.endswith("_bucket") else set()
    return OF_SCRAPERS | le | {label for _, metric in EXPORTED[asked.name] for label in metric.labels}


@pytest.mark.parametrize(("where", "expr"), QUERIES, ids=[where for where, _ in QUERIES])
def test_a_query_asks_for_what_is_exported(where: str, expr: str) -> None:
    assert list(faults(expr)) == [], where


@pytest.mark.parametrize(
    ("expr", "fault"),
    [
        ("sum(redress_nothing_total)", "redress_nothing_total is exported by no service"),
        ('redress_outbox_pending{topic="x"}', "redress_outbox_pending has no label topic"),
        ('redress_sla_clocks{service="intake"}', "redress_sla_clocks is not exported by intake"),
        ("sum by (colour) (redress_outbox_pending)", "nothing has the label colour"),
        ("redress_http_request_duration_seconds", "redress_http_request_duration_seconds is exported by no service"),
        ("redress_http_requests", "redress_http_requests is exported by no service"),
    ],
)
def test_a_query_for_something_else_is_seen(expr: str, fault: str) -> None:
    assert fault in list(faults(expr))


GENERATED = {**alert_files.files(), **dashboard_files.files(), **runbooks.files()}


@pytest.mark.parametrize("name", GENERATED)
def test_files_are_what_the_generator_prints(name: str) -> None:
    assert Path(name).read_text(encoding="utf-8") == GENERATED[name], "run: redress documents"


def test_no_file_is_left_over() -> None:
    folders = ("deploy/prometheus/tests", dashboard_files.FOLDER, RUNBOOKS_FOLDER)
    found = {str(file) for folder in folders for file in Path(folder).glob("*")}
    assert found <= set(GENERATED)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_an_alert_leads_to_its_panel_and_its_runbook(alert: Alert) -> None:
    uid, title = alert.panel
    [board] = [board for board in BOARDS if board.uid == uid]
    assert title in [panel.title.en for panel in board.panels]
    assert Path(alert.runbook).read_text(encoding="utf-8").startswith(f"# {alert.name}\n")
    for text in (alert.summary, alert.means):
        assert text.en
        assert re.search(r"[\u4e00-\u9fff]", text.zh)


def test_alert_names_are_distinct() -> None:
    assert len({alert.name for alert in ALERTS}) == len(ALERTS)


@pytest.mark.parametrize(("board", "panel"), PANELS, ids=[f"{board.uid}: {panel.title.en}" for board, panel in PANELS])
def test_a_panel_is_legible_in_both_languages_and_has_a_unit(board: Board, panel: Panel) -> None:
    assert panel.title.en
    assert re.search(r"[\u4e00-\u9fff]|^[A-Z]+ ", panel.title.zh)
    assert panel.means.en.endswith(".")
    assert re.search(r"[\u4e00-\u9fff]|P99", panel.means.zh)
    shown = json.loads(Path(f"{dashboard_files.FOLDER}/{board.uid}.json").read_text(encoding="utf-8"))
    [found] = [one for one in shown["panels"] if one.get("title") == both(panel.title)]
    assert found["fieldConfig"]["defaults"]["unit"] == panel.unit
    values = [step["value"] for step in found["fieldConfig"]["defaults"]["thresholds"]["steps"]]
    assert values[0] is None
    assert values[1:] == sorted(values[1:])


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_panels_do_not_overlap_and_fit_the_grid(board: Board) -> None:
    taken: set[tuple[int, int]] = set()
    for place in board.places():
        width, height = (place.thing.width, place.thing.height) if isinstance(place.thing, Panel) else (COLUMNS, 1)
        cells = {(place.left + x, place.top + y) for x in range(width) for y in range(height)}
        assert place.left + width <= COLUMNS
        assert not taken & cells
        taken |= cells
    titles = [panel.title.en for panel in board.panels]
    assert len(titles) == len(set(titles))


def test_every_metric_of_a_feature_is_on_a_dashboard() -> None:
    """A metric that is on no panel and in no rule is deleted, or gets a panel."""
    shown = {asked.name for where, expr in QUERIES for asked in selectors(expr)}
    exported = {name: metrics for name, metrics in EXPORTED.items() if not name.endswith(("_sum", "_count"))}
    by_setting = {name for name in exported if "organisation" in name}
    assert set(exported) - shown - by_setting - {"redress_build_info"} == set()


def test_the_examples_are_yaml_and_name_what_exists() -> None:
    read = YAML(typ="safe")
    config = read.load(Path("deploy/prometheus/prometheus.yml"))
    assert all(Path("deploy/prometheus", name).exists() for name in config["rule_files"])
    targets = read.load(Path("deploy/prometheus/targets/redress.yml"))
    assert {entry["labels"]["service"] for entry in targets} == set(SERVICES)
    routes = read.load(Path("deploy/alertmanager/alertmanager.yml"))
    named = set(re.findall(r'alertname="(\w+)"', str(routes)))
    assert named <= {alert.name for alert in ALERTS}
    assert named


def test_prometheus_of_compose_says_what_the_other_says_and_asks_every_process() -> None:
    read = YAML(typ="safe")
    compose = read.load(Path("deploy/compose.yaml"))["services"]
    general, ours = (
        read.load(Path("deploy/prometheus", name)) for name in ("prometheus.yml", "prometheus-compose.yml")
    )
    assert {key: ours[key] for key in ("global", "rule_files")} == {
        key: general[key] for key in ("global", "rule_files")
    }
    assert "--config.file=/etc/prometheus/prometheus-compose.yml" in compose["prometheus"]["command"]
    [job] = ours["scrape_configs"]
    [names] = job["dns_sd_configs"]
    [label] = job["relabel_configs"]
    processes = {name for name, part in compose.items() if "REDRESS_ROLE" in str(part.get("environment"))}
    assert job["job_name"] == "redress"
    assert set(names["names"]) == processes
    assert f"REDRESS_HTTP_PORT={names['port']}" in Path("deploy/Containerfile").read_text(encoding="utf-8")
    found = [re.fullmatch(label["regex"], name) for name in names["names"]]
    assert {each[1] for each in found if each} == set(SERVICES)
    assert [each for each in found if each is None] == []
    [managers] = ours["alerting"]["alertmanagers"]
    [address] = managers["static_configs"][0]["targets"]
    assert address.partition(":")[0] in compose


def test_prometheus_of_kubernetes_gives_the_labels_by_which_rules_select() -> None:
    text = Path("deploy/chart/templates/podmonitor.yaml").read_text(encoding="utf-8")
    assert "{ targetLabel: job, replacement: redress }" in text
    assert "{ sourceLabels: [__meta_kubernetes_pod_label_redress_service], targetLabel: service }" in text
