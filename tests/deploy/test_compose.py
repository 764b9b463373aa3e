"""`deploy/compose.yaml` is read as `docker compose` reads it, and says what the house asks of it."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from operate.runtime.databases import SERVICES
from shared.platform.serving import most_seconds_to_stop
from tests.deploy.programs import COMPOSE, built

FILE: Final = Path("deploy/compose.yaml")
EXAMPLE: Final = Path("deploy/compose.env.example")
OURS: Final = [f"{service}-{role}" for service in SERVICES for role in ("api", "worker")]
Model = dict[str, Any]


def variables(text: str) -> dict[str, str]:
    """Of an env file: a value in single quotes is meant without them."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {name: value.strip("'") for name, _, value in (line.partition("=") for line in lines)}


def parse(settings: Path) -> subprocess.CompletedProcess[str]:
    """As `docker compose --env-file … config --format json`; nothing of this process's environment is read."""
    command = [str(built(COMPOSE)), str(settings), str(FILE)]
    return subprocess.run(command, env={"PATH": os.defpath}, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout in which `deploy/new-env.sh` was run."""
    folder = tmp_path_factory.mktemp("checkout")
    (folder / "deploy").mkdir()
    for name in ("new-env.sh", "compose.env.example"):
        shutil.copy(Path("deploy") / name, folder / "deploy")
    subprocess.run(["sh", "deploy/new-env.sh"], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def model(written: Path) -> Model:
    parsed = parse(written / "deploy" / "compose.env")
    assert parsed.returncode == 0, parsed.stdout + parsed.stderr
    found: Model = json.loads(parsed.stdout)
    return found


def test_every_process_is_there(model: Model) -> None:
    servers = ["alertmanager", "grafana", "kafka", "postgres", "prepare", "prometheus"]
    assert sorted(model["services"]) == sorted([*OURS, *servers])


@pytest.mark.parametrize("name", OURS)
def test_a_process_is_locked_away_and_waits_for_what_it_needs(model: Model, name: str) -> None:
    process = model["services"][name]
    assert process["read_only"] is True
    assert process["cap_drop"] == ["ALL"]
    assert process["security_opt"] == ["no-new-privileges:true"]
    assert {part: how["condition"] for part, how in process["depends_on"].items()} == {
        "prepare": "service_completed_successfully",
        "postgres": "service_healthy",
        "kafka": "service_healthy",
    }
    service, role = name.split("-")
    assert process["command"] == ["python", "-m", f"services.{service}"]
    assert process["environment"]["REDRESS_ROLE"] == role
    assert seconds(process["stop_grace_period"]) > most_seconds_to_stop(20, 5)


def test_only_the_preparation_has_the_administrators_login(model: Model) -> None:
    password = model["services"]["postgres"]["environment"]["POSTGRES_PASSWORD"]
    told = [name for name, part in model["services"].items() if password in json.dumps(part)]
    assert sorted(told) == ["postgres", "prepare"]


def test_images_are_pinned_and_servers_are_asked_for_their_health(model: Model) -> None:
    for name, part in model["services"].items():
        assert re.search(r":v?\d+\.\d+(\.\d+)?(-[a-z]+)?$", part["image"]), name
        if name not in (*OURS, "prepare"):  # theirs is in the image
            assert part["healthcheck"]["test"], name


def test_nothing_is_reached_from_another_machine(model: Model) -> None:
    ports = [port for part in model["services"].values() for port in part.get("ports", [])]
    assert len(ports) == 7
    assert {port["host_ip"] for port in ports} == {"127.0.0.1"}


def test_what_is_mounted_is_in_the_checkout_or_named(model: Model) -> None:
    sources: list[Path] = []
    for part in model["services"].values():
        for mount in part.get("volumes", []):
            if mount["type"] == "volume":
                assert mount["source"] in model["volumes"]
            elif ".redress" not in mount["source"]:
                sources.append(Path(mount["source"]))
    assert len(sources) == 4
    if not any(source.exists() for source in sources):
        pytest.skip("rules, alerts and dashboards are not in this checkout yet")
    assert [source for source in sources if not source.exists()] == []


@pytest.mark.parametrize("name", variables(EXAMPLE.read_text(encoding="utf-8")))
def test_a_missing_setting_is_named(written: Path, tmp_path: Path, name: str) -> None:
    lines = (written / "deploy" / "compose.env").read_text(encoding="utf-8").splitlines()
    without = tmp_path / "compose.env"
    without.write_text("\n".join(line for line in lines if not line.startswith(f"{name}=")), encoding="utf-8")
    refused = parse(without)
    assert refused.returncode == 1
    assert f"required variable {name} is missing" in refused.stderr


def test_secrets_are_made_once_and_each_is_another(written: Path) -> None:
    made = variables((written / "deploy" / "compose.env").read_text(encoding="utf-8"))
    example = variables(EXAMPLE.read_text(encoding="utf-8"))
    secrets = [made[name] for name, value in example.items() if value in ("<password>", "<key>")]
    assert len(secrets) == len(set(secrets)) == 8
    assert all(len(secret) >= 44 for secret in secrets)
    assert (written / "deploy" / "compose.env").stat().st_mode & 0o077 == 0
    assert (written / ".redress" / "keys" / "jwt-private.pem").stat().st_mode & 0o077 == 0
    again = subprocess.run(["sh", "deploy/new-env.sh"], cwd=written, check=False, capture_output=True, text=True)
    assert again.returncode == 1
    assert variables((written / "deploy" / "compose.env").read_text(encoding="utf-8")) == made


def seconds(duration: str) -> float:
    """Of a duration as it is printed: `45s`, `1m0s`."""
    minutes, _, rest = duration.rpartition("m")
    return 60 * float(minutes or 0) + float(rest.removesuffix("s") or 0)
