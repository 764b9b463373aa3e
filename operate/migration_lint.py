"""`python -m operate.migration_lint`: judge the SQL of each revision since the baseline by squawk (ADR 0073).

A revision runs while processes of the release before it go on, so it may neither take away what they use nor hold a
lock that they wait for. squawk's rules are those of `.squawk.toml`; the SQL that it judged is in `.redress/migrations`.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Final

from alembic import command

from operate.runtime.databases import SERVICES
from operate.runtime.paths import PROJECT
from shared.platform.db.migrate import chain, config
from shared.platform.db.revisions import SERVICES_FOLDER

BASELINE: Final = {
    "intake": "0021_partition_functions",
    "sla": "0014_partition_functions",
    "settlement": "0013_partition_functions",
    "notify": "0013_partition_functions",
}
"""The newest revision of each service that was written before there was a lint: what is older is published as it is."""
_UNBOUNDED: Final = re.compile(
    r"\block_timeout\s*(=|\bTO\b)\s*('?0\w*'?\s*;|DEFAULT)|\bRESET\s+(lock_timeout|ALL)\b", re.IGNORECASE
)


def main() -> int:
    """Lint every service; 1 when there is something to mend."""
    sql = {
        f"{service}/{revision}": text
        for service in SERVICES
        for revision, text in rendered(service, since=BASELINE[service])
    }
    found = findings(sql, PROJECT / ".redress" / "migrations")
    for line in found:
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"{len(sql)} revisions since the baseline, {len(found)} findings\n")
    return 1 if found else 0


def rendered(service: str, *, since: str, folder: Path = SERVICES_FOLDER) -> Iterator[tuple[str, str]]:
    """Each revision of a service after `since` with its SQL. Raises ValueError when `since` is none."""
    revisions = chain(service, folder=folder)
    for number in range(revisions.index(since) + 1, len(revisions)):
        made = config(service, "postgresql://", folder=folder)
        made.output_buffer = StringIO()
        command.upgrade(made, f"{revisions[number - 1]}:{revisions[number]}", sql=True)
        yield revisions[number], made.output_buffer.getvalue()


def findings(sql: Mapping[str, str], folder: Path) -> list[str]:
    """What squawk says of each text, and waits for locks without a bound; texts are written to `folder` by name."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in sql.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.sql").write_text(text, encoding="utf-8")
    unbounded = [
        f"{name}.sql: {found[0]}: a statement that waits for a lock without a bound holds up all that come after it"
        for name, text in sql.items()
        if (found := _UNBOUNDED.search(text))
    ]
    return unbounded + _squawk(folder, sorted(f"{name}.sql" for name in sql))


def _squawk(folder: Path, files: list[str]) -> list[str]:
    """Raises RuntimeError when squawk itself fails: it says nothing, and does not exit with 0."""
    if not files:
        return []
    squawk = Path(sys.executable).with_name("squawk")
    done = subprocess.run(
        [squawk, "--config", PROJECT / ".squawk.toml", "--reporter", "gcc", *files],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and not done.stdout.strip():
        raise RuntimeError(f"squawk failed: {done.stderr.strip()}")
    return [line for line in done.stdout.splitlines() if line.strip()]


if __name__ == "__main__":
    sys.exit(main())
