"""The image's contents, made by the steps of `deploy/Containerfile` in a folder, and processes of it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from operate.runtime.waiting import wait_until
from shared.platform.serving import most_seconds_to_stop
from tests.deploy.containerfile import stages

INSTALLED: Final = "/opt/redress"
USER: Final = 10001


def build_context(folder: Path) -> None:
    """Exactly what the build stage copies."""
    build, _ = stages()
    for sources, target in build.copied():
        place = folder / target
        for source in sources:
            if Path(source).is_dir():
                shutil.copytree(source, place, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                place.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, place / Path(source).name)


def build(folder: Path, prefix: Path, *, python: str) -> None:
    """Run the build stage's steps in `folder`; what they put under /opt/redress is put under `prefix`."""
    [step] = stages()[0].of("RUN")
    words = step.replace(INSTALLED, str(prefix)).split()
    assert words[0] == "python"
    subprocess.run([python, *words[1:]], cwd=folder, check=True)


def runnable_python() -> str | None:
    """A Python that the image's user may run; that of the tests may lie in a home that is closed to others."""
    own = Path(sys.executable).resolve()
    for python in (str(own), "/usr/local/bin/python3", "/usr/bin/python3"):
        check = [python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
        try:
            if subprocess.run(check, check=False, capture_output=True, **_as_user()).returncode == 0:
                return python
        except OSError:
            continue
    return None


def lock_away(prefix: Path) -> None:
    """Every user may read what is there, and no user but root may write to it."""
    subprocess.run(["chmod", "-R", "a+rX,a-w", str(prefix)], check=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """How the image runs a command: its environment and user, in its folder, with an empty /tmp of its own."""

    prefix: Path
    temporary: Path

    def environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        own = {name: value.replace(INSTALLED, str(self.prefix)) for name, value in stages()[-1].environment().items()}
        return {**own, "TMPDIR": str(self.temporary), **settings}

    def run(self, command: Sequence[str], settings: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.prefix,
            env=self.environment(settings),
            capture_output=True,
            text=True,
            check=False,
            **_as_user(),
        )

    def is_healthy(self, settings: Mapping[str, str]) -> bool:
        """Whether the image's own health check says so."""
        words = stages()[-1].health_command()
        words[0] = str(self.prefix / ".venv" / "bin" / words[0])
        return self.run(words, settings).returncode == 0

    @contextmanager
    def process(
        self, command: Sequence[str], settings: Mapping[str, str], log: Path
    ) -> Iterator[subprocess.Popen[bytes]]:
        """The command until it is healthy, and its orderly end afterwards."""
        with log.open("ab") as output:
            process = subprocess.Popen(
                command,
                cwd=self.prefix,
                env=self.environment(settings),
                stdout=output,
                stderr=output,
                **_as_user(),
            )
        try:
            ready = wait_until(
                lambda: self.is_healthy(settings), timeout=120, give_up=lambda: process.poll() is not None
            )
            assert ready, log.read_text(encoding="utf-8")
            yield process
            process.terminate()
            assert process.wait(timeout=most_seconds_to_stop(20, 5)) == 0
        finally:
            process.kill()
            process.wait()


def _as_user() -> dict[str, Any]:
    """Of Popen: the image's user, where this process may become it."""
    return {"user": USER, "group": USER, "extra_groups": []} if os.geteuid() == 0 else {}
