"""Revisions of a schema that exist in one test only, in a folder of services of their own."""

from pathlib import Path
from typing import Final

_ENV: Final = """\
from sqlalchemy import MetaData

from shared.platform.db import alembic_env

alembic_env.run("{service}", MetaData(schema="{service}"))
"""
_REVISION: Final = """\
from alembic import op

revision = {revision!r}
down_revision = {before!r}


def upgrade() -> None:
{body}
"""


def write_revisions(folder: Path, service: str, **bodies: str) -> Path:
    """The folder, with a revision of `service` after the one before it for each body of an `upgrade`, by its name."""
    migrations = folder / service / "migrations"
    (migrations / "versions").mkdir(parents=True)
    (migrations / "env.py").write_text(_ENV.format(service=service), encoding="utf-8")
    before: str | None = None
    for revision, body in bodies.items():
        indented = "\n".join(f"    {line}" for line in body.splitlines())
        text = _REVISION.format(revision=revision, before=before, body=indented)
        (migrations / "versions" / f"{revision}.py").write_text(text, encoding="utf-8")
        before = revision
    return folder
