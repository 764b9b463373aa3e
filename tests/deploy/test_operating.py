"""`docs/operating.md` names commands, files and settings that exist."""

import re
from importlib import import_module
from pathlib import Path

import pytest
from typer.main import get_command

from operate.cli import COMMANDS, app_for
from operate.configuration import configuration
from operate.runtime.databases import SERVICES
from operate.runtime.topics import read_topics
from shared.platform.serving import most_seconds_to_stop
from shared.platform.worker import Worker

TEXT = Path("docs/operating.md").read_text(encoding="utf-8")
BLOCKS = [line.strip() for line in TEXT.splitlines() if line.startswith("    ")]
WRITTEN = {"deploy/compose.env"}
"""By `deploy/new-env.sh`."""
WATCHING = ("deploy/prometheus", "deploy/alertmanager", "deploy/grafana")
INLINE = re.findall(r"`([^`\n]+)`", TEXT)
PROGRAMS = {
    "docker",
    "kubectl",
    "helm",
    "systemctl",
    "systemd-run",
    "cp",
    "curl",
    "ln",
    "prometheus",
    "sed",
    "python3",
    "openssl",
    "redress",
    "make",
    "deploy/new-env.sh",
}


@pytest.mark.parametrize("line", BLOCKS)
def test_each_line_begins_with_a_program_of_the_machine_or_of_ours(line: str) -> None:
    assert line.split(maxsplit=1)[0] in PROGRAMS


@pytest.mark.parametrize("line", sorted({each for each in (*BLOCKS, *INLINE) if each.startswith("redress ")}))
def test_each_command_of_ours_exists_with_its_options(line: str) -> None:
    command = get_command(app_for(line.split()[1:2]))
    words = line.split()[1:]
    assert words[0] in COMMANDS
    for word in words:
        if hasattr(command, "commands") and word in command.commands:
            command = command.commands[word]
        elif word.startswith("--"):
            assert any(word in option.opts for option in command.params), (line, word)


@pytest.mark.parametrize("target", sorted({each.split()[1] for each in (*BLOCKS, *INLINE) if each.startswith("make ")}))
def test_each_target_exists(target: str) -> None:
    assert re.search(rf"^{target}:", Path("Makefile").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"(?<![\w/.])(?:deploy|tests)/[\w./-]*\w/?", TEXT))))
def test_each_file_exists(path: str) -> None:
    if path.rstrip("/") in WATCHING and not any(map(Path.exists, map(Path, WATCHING))):
        pytest.skip("rules, alerts and dashboards are not in this checkout yet")
    assert path in WRITTEN or Path(path).exists()


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(REDRESS_[A-Z_]+)", TEXT))))
def test_each_setting_exists(name: str) -> None:
    assert f"`{name}`" in configuration()


@pytest.mark.parametrize("service", SERVICES)
def test_the_partitions_that_bound_its_workers_are_those_that_it_reads(service: str) -> None:
    handlers = import_module(f"services.{service}.consumers").HANDLERS
    read, _ = Worker(service=service, db=None, broker=None, handlers=handlers).routes()[f"{service}.cases"]  # type: ignore[arg-type]
    partitions = sum(topic.partitions for topic in read_topics() if topic.name in read)
    assert f"{service} {partitions}" in TEXT


def test_the_seconds_of_an_end_are_those_of_the_code() -> None:
    assert f"a process ends within {most_seconds_to_stop(20, 5) - 20:.0f} s more" in TEXT
