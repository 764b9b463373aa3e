"""`up` starts services anew whose code has changed, and leaves the others alone."""

import shutil
from pathlib import Path

import pytest

from operate.runtime import parts
from operate.runtime.paths import PROJECT, Layout
from operate.runtime.stack import Stack

SERVICES = ("sla", "notify")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A checkout whose code may be changed."""
    for name in ("services", "shared"):
        shutil.copytree(PROJECT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(PROJECT / "uv.lock", tmp_path / "uv.lock")
    return tmp_path


@pytest.mark.chaos
def test_a_service_whose_code_has_changed_is_started_anew(operate_stack: Stack, state: Path, project: Path) -> None:
    Stack(operate_stack.layout, operate_stack.options).up(services=())
    servers = {
        "kafka": parts.bootstrap_servers(operate_stack.state),
        "database_url": parts.admin_url(operate_stack.state),
    }
    layout = Layout(state=state, project=project)

    def up() -> tuple[dict[str, int], list[str]]:
        said: list[str] = []
        stack = Stack(layout, operate_stack.options, say=said.append)
        stack.up(**servers, services=SERVICES, sinks=())
        return {name: stack.state.processes[name].pid for name in SERVICES}, [
            line for line in said if line.startswith("Restarting")
        ]

    before, said = up()
    assert said == []
    assert up() == (before, [])

    with (project / "services" / "notify" / "consumers.py").open("a", encoding="utf-8") as file:
        file.write("\nMARK = 1\n")
    after, said = up()

    assert said == ["Restarting notify: services/notify has changed"]
    assert after["sla"] == before["sla"]
    assert after["notify"] != before["notify"]
    assert up() == (after, [])
    Stack(layout, operate_stack.options).reset()
    Stack(operate_stack.layout, operate_stack.options).up(services=())
