"""The kernel's tables in a schema of a test, made by the published revisions in their order."""

from typing import Final

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection

from shared.platform.db.kernel_revisions import feed, first, partition_functions, saw_versions

_REVISIONS: Final = (first, feed, saw_versions, partition_functions)


def make_kernel(connection: Connection, schema: str) -> None:
    """As a service's migrations make them; `schema` exists."""
    op = Operations(MigrationContext.configure(connection))
    for revision in _REVISIONS:
        revision.upgrade(op, schema)
