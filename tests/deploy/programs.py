"""Helm's renderer and linter, and the loader of `docker compose`, built from the sources that `tools/go.sum` names by hash.

Go is what they need; where it is missing, a run on a build server fails and any other one says that it skips.
"""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from operate.runtime.paths import cache_dir, file_lock

SOURCES: Final = Path("tests/deploy/tools")
CHART: Final = "./chart"
COMPOSE: Final = "./compose"


def built(package: str) -> Path:
    """The program of a package, made at first use and kept in the user's cache."""
    contents = b"".join(
        (SOURCES / name).read_bytes() for name in ("go.mod", "go.sum", "chart/main.go", "compose/main.go")
    )
    folder = cache_dir(os.environ) / f"deploy-tools-{hashlib.sha256(contents).hexdigest()[:12]}"
    program = folder / Path(package).name
    with file_lock(program.with_suffix(".lock")):
        if not program.exists():
            go = shutil.which("go")
            if go is None:
                missing()
            part = program.with_suffix(".part")
            command = [str(go), "build", "-mod=readonly", "-trimpath", "-o", str(part), package]
            subprocess.run(command, cwd=SOURCES, check=True, env={**os.environ, "CGO_ENABLED": "0"})
            part.rename(program)
    return program


def missing() -> None:
    """End the test: failed where CI is set, skipped elsewhere."""
    said = "Helm's renderer and the loader of compose files are built with Go 1.26 or newer, which is not here"
    pytest.fail(said) if os.environ.get("CI") else pytest.skip(said)
