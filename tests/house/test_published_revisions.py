"""A published revision of a schema is never changed, and nothing that changes has a part in it (ADR 0073)."""

import ast
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from operate.runtime.databases import SERVICES
from shared.platform.db.migrate import chain
from shared.platform.db.revisions import revision_names

PUBLISHED: Final = Path("tests/house/revisions.sha256")
"""A line for each file, as `sha256sum` prints it. A line is added with its revision and stays as it is."""
KERNEL: Final = Path("shared/platform/db/kernel_revisions")
PACKAGES: Final = {"alembic", "sqlalchemy", "cryptography", "base64", "typing"}
"""What a lock file or Python holds."""
PUBLISHED_MODULES: Final = "shared.platform.db.kernel_revisions"


def files() -> list[Path]:
    return sorted([*KERNEL.glob("*.py"), *Path("services").glob("*/migrations/versions/*.py")])


def published() -> dict[Path, str]:
    lines = (line.split() for line in PUBLISHED.read_text(encoding="utf-8").splitlines())
    return {Path(file): digest for digest, file in lines}


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_a_published_revision_is_as_it_was_published() -> None:
    changed = [str(file) for file, was in published().items() if not file.exists() or digest(file) != was]
    assert changed == [], "a database out there has run it: write a further revision"


def test_every_revision_is_written_down() -> None:
    missing = [f"{digest(file)}  {file}" for file in files() if file not in published()]
    assert missing == [], f"add these lines to {PUBLISHED}"


def test_a_revision_imports_only_what_does_not_change() -> None:
    ours = [
        f"{file}: {name}"
        for file in files()
        for name in imported(file)
        if name != PUBLISHED_MODULES and name.partition(".")[0] not in PACKAGES
    ]
    assert ours == []


@pytest.mark.parametrize("service", SERVICES)
def test_the_revisions_of_a_service_are_one_chain_in_the_order_of_their_names(service: str) -> None:
    assert chain(service) == revision_names(service)
