from dataclasses import replace
from pathlib import Path

import pytest

from operate.runtime.code import changed_parts, code_of
from operate.runtime.processes import Command, Daemon, ProcessRecord

NAMES = {"services/sla", "shared", "uv.lock"}
COMMAND = Command(argv=("python", "-m", "services.sla"), code={"services/sla": "a", "shared": "b", "uv.lock": "c"})


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("services/sla/app.py", "services/sla/texts/en.toml", "services/notify/app.py", "shared/clock.py"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name, encoding="utf-8")
    (tmp_path / "uv.lock").write_text("version = 1", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("file", "changed"),
    [
        ("services/sla/app.py", ["services/sla"]),
        ("services/sla/texts/en.toml", ["services/sla"]),
        ("services/sla/texts/zh.toml", ["services/sla"]),
        ("shared/clock.py", ["shared"]),
        ("uv.lock", ["uv.lock"]),
        ("services/notify/app.py", []),
        ("services/sla/__pycache__/app.cpython-312.pyc", []),
    ],
)
def test_the_code_of_a_service_is_its_folder_what_is_shared_and_the_lock(
    project: Path, file: str, changed: list[str]
) -> None:
    before = code_of("sla", project)
    (project / file).parent.mkdir(exist_ok=True)
    (project / file).write_text("other", encoding="utf-8")
    assert set(before) == NAMES
    assert changed_parts(before, code_of("sla", project)) == changed


def test_a_file_that_has_another_name_is_other_code(project: Path) -> None:
    before = code_of("sla", project)
    (project / "shared" / "clock.py").rename(project / "shared" / "time.py")
    assert changed_parts(before, code_of("sla", project)) == ["shared"]


def daemon(record: ProcessRecord | None) -> Daemon:
    return Daemon("sla", log=Path("log"), record=record)


def test_what_is_outdated_says_why() -> None:
    started = ProcessRecord(17, "123", COMMAND.fingerprint, COMMAND.code)
    assert daemon(started).outdated(COMMAND) is None
    assert daemon(started).outdated(replace(COMMAND, code={**COMMAND.code, "shared": "z"})) == "shared has changed"
    newer = replace(COMMAND, code=dict.fromkeys(COMMAND.code, "z"))
    assert daemon(started).outdated(newer) == "services/sla and shared and uv.lock have changed"
    assert daemon(started).outdated(replace(COMMAND, env={"REDRESS_MODE": "test"})) == "its settings have changed"


def test_a_process_whose_code_was_not_written_down_is_outdated() -> None:
    before = ProcessRecord(17, "123", COMMAND.fingerprint)
    assert daemon(before).outdated(COMMAND) == "services/sla and shared and uv.lock have changed"
