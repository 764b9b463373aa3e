"""The lint of migrations notices what would hold up, or break, the processes of the release before."""

from pathlib import Path

import pytest

from operate.migration_lint import BASELINE, findings, rendered
from operate.runtime.databases import SERVICES
from shared.platform.db.migrate import chain
from tests.support.revisions import write_revisions

TABLE = "intake.case_file"
CONCURRENTLY = """\
with op.get_context().autocommit_block():
    op.execute("SET lock_timeout = '60s'")
    op.execute("DROP INDEX CONCURRENTLY IF EXISTS intake.ix_case_file_note")
    op.execute("CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_case_file_note ON intake.case_file (note)")
    op.execute("SET lock_timeout = '2s'")
"""


def judged(folder: Path, body: str) -> list[str]:
    """The findings about a revision with this `upgrade`, after a baseline that would be refused."""
    drop = f'op.execute("DROP TABLE {TABLE}")'
    written = write_revisions(folder, "intake", oldest="pass", baseline=drop, newest=body)
    sql = dict(rendered("intake", since="baseline", folder=written))
    assert list(sql) == ["newest"]
    return findings(sql, folder / "sql")


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        (f"ALTER TABLE {TABLE} ADD COLUMN note TEXT NOT NULL", "adding-required-field"),
        (f"CREATE INDEX ix_case_file_note ON {TABLE} (note)", "require-concurrent-index-creation"),
        ("DROP INDEX intake.ix_case_file_note", "require-concurrent-index-deletion"),
        (f"ALTER TABLE {TABLE} RENAME COLUMN note TO remark", "renaming-column"),
        (f"ALTER TABLE {TABLE} RENAME TO file", "renaming-table"),
        (f"ALTER TABLE {TABLE} DROP COLUMN note", "ban-drop-column"),
        (f"DROP TABLE {TABLE}", "ban-drop-table"),
        (f"ALTER TABLE {TABLE} ALTER COLUMN note SET NOT NULL", "adding-not-nullable-field"),
        (f"ALTER TABLE {TABLE} ALTER COLUMN note TYPE BIGINT", "changing-column-type"),
        (f"ALTER TABLE {TABLE} ADD CONSTRAINT ck_note CHECK (length(note) < 9)", "constraint-missing-not-valid"),
        (f"ALTER TABLE {TABLE} ADD CONSTRAINT uq_note UNIQUE (note)", "disallowed-unique-constraint"),
        ("SET lock_timeout = 0;", "waits for a lock without a bound"),
        ("SET lock_timeout TO DEFAULT", "waits for a lock without a bound"),
        ("RESET lock_timeout", "waits for a lock without a bound"),
    ],
)
def test_what_holds_up_or_breaks_the_release_before_is_noticed(tmp_path: Path, statement: str, rule: str) -> None:
    found = judged(tmp_path, f'op.execute("{statement}")')
    assert any("newest.sql" in line and rule in line for line in found), found


@pytest.mark.parametrize(
    "body",
    [
        f'op.execute("ALTER TABLE {TABLE} ADD COLUMN note TEXT")',
        f"op.execute(\"ALTER TABLE {TABLE} ADD COLUMN note TEXT NOT NULL DEFAULT ''\")",
        f'op.execute("ALTER TABLE {TABLE} ADD CONSTRAINT ck_note CHECK (length(note) < 9) NOT VALID")',
        'op.execute("CREATE TABLE intake.note (a UUID NOT NULL, CONSTRAINT pk_note PRIMARY KEY (a))")',
        CONCURRENTLY,
        f'op.execute("-- squawk-ignore ban-drop-column\\nALTER TABLE {TABLE} DROP COLUMN note")',
    ],
)
def test_what_expands_passes_and_a_contraction_that_says_so(tmp_path: Path, body: str) -> None:
    assert judged(tmp_path, body) == []


def test_a_lock_without_a_bound_is_noticed(tmp_path: Path) -> None:
    """The environment of the migrations sets the bound for all of them: this is what the lint says of one without."""
    written = write_revisions(
        tmp_path, "intake", baseline="pass", newest=f'op.execute("ALTER TABLE {TABLE} ADD COLUMN note TEXT")'
    )
    [(name, sql)] = rendered("intake", since="baseline", folder=written)
    assert sql.startswith("SET lock_timeout = '2s'")
    without = sql.replace("SET lock_timeout = '2s';", "")
    [line] = findings({name: without}, tmp_path / "sql")
    assert "require-lock-timeout" in line


@pytest.mark.parametrize("service", SERVICES)
def test_the_baseline_is_a_revision(service: str) -> None:
    assert BASELINE[service] in chain(service)
