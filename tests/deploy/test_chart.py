"""The Helm chart: rendered by Helm, valid for Kubernetes, and what the house asks of each object."""

import json
import subprocess
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import kubernetes_validate
import pytest
from ruamel.yaml import YAML

from operate.runtime.databases import SERVICES
from operate.runtime.topics import read_topics
from shared.platform.serving import most_seconds_to_stop
from shared.platform.version import VERSION
from shared.platform.worker import Worker
from tests.deploy.programs import CHART as PROGRAM
from tests.deploy.programs import built

CHART: Final = Path("deploy/chart")
VALUES: Final = Path("tests/deploy/values.yaml")
EVERYTHING: Final = Path("tests/deploy/values-everything.yaml")
KUBERNETES: Final = ("1.30", "1.34", "1.37")
OURS: Final = [f"redress-{service}-{role}" for service in SERVICES for role in ("api", "worker")]
OF_OTHERS: Final = ("keda.sh", "monitoring.coreos.com")
"""Kinds that operators of the cluster bring, which Kubernetes' own schemas do not have."""
Object = dict[str, Any]


def helm(what: str, *words: str) -> subprocess.CompletedProcess[str]:
    """`template` or `lint`; a word is a file of values, or what would follow `--set`."""
    command = [str(built(PROGRAM)), what, str(CHART), str(VALUES), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def rendered(*words: str) -> list[Object]:
    done = helm("template", *words)
    assert done.returncode == 0, done.stderr
    return [each for each in YAML(typ="safe").load_all(done.stdout) if each]


@pytest.fixture(scope="module")
def usual() -> list[Object]:
    return rendered()


@pytest.fixture(scope="module")
def everything() -> list[Object]:
    """With all that can be switched on."""
    return rendered(str(EVERYTHING))


def of_kind(objects: list[Object], kind: str) -> dict[str, Object]:
    return {each["metadata"]["name"]: each for each in objects if each["kind"] == kind}


def pods(objects: list[Object]) -> Iterator[tuple[str, Object]]:
    for each in objects:
        if each["kind"] in ("Deployment", "Job"):
            yield each["metadata"]["name"], each["spec"]["template"]


def test_helm_finds_nothing_to_complain_of() -> None:
    linted = helm("lint", str(EVERYTHING))
    assert linted.returncode == 0, linted.stdout + linted.stderr


@pytest.mark.parametrize("version", KUBERNETES)
def test_every_object_is_valid_for_kubernetes(everything: list[Object], version: str) -> None:
    judged = [each for each in everything if not each["apiVersion"].startswith(OF_OTHERS)]
    assert (
        len(judged) == 39
    )  # 8 Deployments, 8 budgets, 9 policies, 4 each of HPA, Service and Ingress, an account, a job
    for each in judged:
        kubernetes_validate.validate(each, version, strict=True)


def test_an_invalid_object_would_be_noticed(usual: list[Object]) -> None:
    [first, *_] = of_kind(usual, "Deployment").values()
    broken = {**first, "spec": {**first["spec"], "replica": 3}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, KUBERNETES[0], strict=True)


def test_each_service_has_processes_for_requests_and_workers(usual: list[Object]) -> None:
    deployments = of_kind(usual, "Deployment")
    assert sorted(deployments) == sorted(OURS)
    for name, deployment in deployments.items():
        _, service, role = name.split("-")
        [container] = deployment["spec"]["template"]["spec"]["containers"]
        assert container["command"] == ["python", "-m", f"services.{service}"]
        assert variables(container)["REDRESS_ROLE"] == role
        assert container["image"].endswith(f":{VERSION}")


def test_pods_may_do_nothing_that_they_need_not(everything: list[Object]) -> None:
    for name, template in pods(everything):
        spec = template["spec"]
        [container] = spec["containers"]
        assert spec["automountServiceAccountToken"] is False, name
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        own = container["securityContext"]
        assert own["readOnlyRootFilesystem"] is True, name
        assert own["allowPrivilegeEscalation"] is False, name
        assert own["capabilities"] == {"drop": ["ALL"]}, name
        assert {"cpu", "memory"} <= set(container["resources"]["requests"]), name
        assert "memory" in container["resources"]["limits"], name
        writable = {mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")}
        assert writable == {"/tmp"}, name


def test_probes_ask_for_the_loops_and_for_readiness_where_the_process_listens(usual: list[Object]) -> None:
    for name, deployment in of_kind(usual, "Deployment").items():
        [container] = deployment["spec"]["template"]["spec"]["containers"]
        assert container["ports"] == [{"name": "http", "containerPort": 8080}], name
        paths = {probe: container[f"{probe}Probe"]["httpGet"] for probe in ("startup", "liveness", "readiness")}
        assert paths == {
            "startup": {"path": "/health/live", "port": "http"},
            "liveness": {"path": "/health/live", "port": "http"},
            "readiness": {"path": "/health/ready", "port": "http"},
        }, name


@pytest.mark.parametrize(("drain", "seconds"), [(0, 1), (5, 20), (60, 60)])
def test_a_pod_is_killed_only_after_it_may_have_ended_by_itself(drain: int, seconds: int) -> None:
    objects = rendered(f"drainSeconds={drain}", f"shutdownSeconds={seconds}")
    for deployment in of_kind(objects, "Deployment").values():
        spec = deployment["spec"]["template"]["spec"]
        [container] = spec["containers"]
        assert spec["terminationGracePeriodSeconds"] > most_seconds_to_stop(seconds, drain)
        assert variables(container)["REDRESS_DRAIN_SECONDS"] == str(drain)
        assert variables(container)["REDRESS_SHUTDOWN_SECONDS"] == str(seconds)


def test_disruptions_take_one_pod_at_a_time(usual: list[Object]) -> None:
    budgets = of_kind(usual, "PodDisruptionBudget")
    assert sorted(budgets) == sorted(OURS)
    for name, budget in budgets.items():
        assert budget["spec"]["maxUnavailable"] == 1
        assert selects(budget["spec"]["selector"], usual) == [name]


def test_each_address_leads_to_the_processes_for_requests_of_one_service(usual: list[Object]) -> None:
    addresses = of_kind(usual, "Service")
    assert sorted(addresses) == sorted(f"redress-{service}" for service in SERVICES)
    for name, address in addresses.items():
        assert selects({"matchLabels": address["spec"]["selector"]}, usual) == [f"{name}-api"]


def test_processes_for_requests_scale_by_processor_time_and_workers_by_lag(usual: list[Object]) -> None:
    scaled = of_kind(usual, "HorizontalPodAutoscaler")
    assert sorted(scaled) == sorted(f"redress-{service}-api" for service in SERVICES)
    assert all(each["spec"]["metrics"][0]["resource"]["name"] == "cpu" for each in scaled.values())
    lagging = of_kind(usual, "ScaledObject")
    assert sorted(lagging) == sorted(f"redress-{service}-worker" for service in SERVICES)
    for service in SERVICES:
        spec = lagging[f"redress-{service}-worker"]["spec"]
        [trigger] = spec["triggers"]
        assert trigger["type"] == "kafka"
        assert trigger["metadata"]["consumerGroup"] == f"{service}.cases"
        assert trigger["metadata"]["allowIdleConsumers"] == "false"
        assert spec["maxReplicaCount"] <= partitions_of(service)


def test_whoever_is_scaled_has_no_fixed_number(usual: list[Object]) -> None:
    assert all("replicas" not in each["spec"] for each in of_kind(usual, "Deployment").values())
    fixed = rendered("autoscaling.api=false,autoscaling.worker=false,services.sla.worker.minReplicas=5")
    assert of_kind(fixed, "HorizontalPodAutoscaler") == of_kind(fixed, "ScaledObject") == {}
    numbers = {name: each["spec"]["replicas"] for name, each in of_kind(fixed, "Deployment").items()}
    assert numbers == {**dict.fromkeys(OURS, 2), "redress-sla-worker": 5}


def test_the_migrations_run_first_and_alone_have_the_administrators_login(usual: list[Object]) -> None:
    [job] = of_kind(usual, "Job").values()
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    [container] = job["spec"]["template"]["spec"]["containers"]
    assert container["command"] == ["redress", "prepare", "--replication", "3"]
    readers = [name for name, template in pods(usual) if "redress-administrator" in json.dumps(template)]
    assert readers == ["redress-prepare"]


def test_no_secret_is_a_value(everything: list[Object]) -> None:
    for name, template in pods(everything):
        [container] = template["spec"]["containers"]
        for variable in container["env"]:
            secret = variable["name"].endswith(("PASSWORD", "KEYS")) or "DATABASE_URL" in variable["name"]
            assert not secret or "secretKeyRef" in variable["valueFrom"], (name, variable)
    assert of_kind(everything, "Secret") == {}


def test_nothing_is_let_in_or_out_but_what_is_named(everything: list[Object]) -> None:
    policies = {name: each["spec"] for name, each in of_kind(everything, "NetworkPolicy").items()}
    closed = policies["redress-deny"]
    assert closed["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in closed
    assert "egress" not in closed
    assert selects(closed["podSelector"], everything) == sorted([*OURS, "redress-prepare"])
    assert selects(policies["redress-servers"]["podSelector"], everything) == sorted([*OURS, "redress-prepare"])
    assert selects(policies["redress-prepare"]["podSelector"], everything) == ["redress-prepare"]
    ports = {name: sorted(ports_of(spec)) for name, spec in policies.items()}
    assert ports == {
        "redress-deny": [],
        "redress-servers": ["53", "53", "5432", "9093"],
        "redress-prepare": ["53", "53", "5432", "9093"],
        "redress-intake": ["4318", "443"],
        "redress-sla": ["4318", "443"],
        "redress-settlement": ["4318", "443"],
        "redress-notify": ["4318", "443", "587"],
        "redress-to-api": ["http"],
        "redress-to-worker": ["http"],
    }
    [api], [worker] = policies["redress-to-api"]["ingress"], policies["redress-to-worker"]["ingress"]
    assert len(api["from"]) == 2
    assert len(worker["from"]) == 1


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("image.repository=", "repository"),
        ("kafka.bootstrapServers=broker", "bootstrapServers"),
        ("json:jwtIssuers=[]", "jwtIssuers"),
        ("services.intake.env.REDRESS_STORAGE_URL=file:///tmp", "REDRESS_STORAGE_URL"),
        ("services.notify.env.REDRESS_SMTP_HELO_NAME=", "REDRESS_SMTP_HELO_NAME"),
        ("services.notify.env.REDRESS_SMTP_URL=smtp://user:word@mail", "REDRESS_SMTP_URL"),
        ("api.env.REDRESS_LINK_KEYS=abc", "REDRESS_LINK_KEYS"),
        ("replicas=3", "replicas"),
    ],
)
def test_wrong_values_are_refused_by_name(word: str, said: str) -> None:
    refused = helm("template", word)
    assert refused.returncode != 0
    assert said in refused.stderr


def variables(container: Object) -> dict[str, str]:
    return {each["name"]: each["value"] for each in container["env"] if "value" in each}


def selects(selector: Object, objects: list[Object]) -> list[str]:
    """The names of what makes the pods that have these labels."""
    wanted = selector["matchLabels"].items()
    return sorted(name for name, template in pods(objects) if wanted <= template["metadata"]["labels"].items())


def ports_of(policy: Object) -> Iterator[str]:
    for way in [*policy.get("ingress", []), *policy.get("egress", [])]:
        yield from (str(each["port"]) for each in way["ports"])


def partitions_of(service: str) -> int:
    """Of all topics that the consumer group of a service's cases reads."""
    handlers = import_module(f"services.{service}.consumers").HANDLERS
    topics, _ = Worker(service=service, db=None, broker=None, handlers=handlers).routes()[f"{service}.cases"]  # type: ignore[arg-type]
    return sum(topic.partitions for topic in read_topics() if topic.name in topics)
