"""The database of one service, for operator commands: the running stack's, or the one that is named."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import typer
from sqlalchemy import MetaData

from operate.errors import OperatorError
from operate.runtime.databases import SERVICES, service_url
from operate.runtime.paths import default_layout
from operate.runtime.state import load_state
from shared.platform.db.engine import Database, connect
from shared.platform.db.tables import NAMING, kernel_tables
from shared.platform.db.transaction import reading

ServiceOption = Annotated[str, typer.Option(help=f"one of {', '.join(SERVICES)}")]
DatabaseOption = Annotated[
    str,
    typer.Option(envvar="REDRESS_DATABASE_URL", help="the service's database URL; empty: that of the running stack"),
]


@asynccontextmanager
async def opened(service: str, database_url: str) -> AsyncIterator[Database]:
    """A small pool on the service's schema; OperatorError when the database has no such schema."""
    kernel = kernel_tables(MetaData(schema=service, naming_convention=NAMING))
    url = database_url or _url_of_stack(service)
    db = connect(url, kernel=kernel, pool_size=2, application_name=f"redress-operator-{service}")
    try:
        await _require_schema(db, service)
        yield db
    finally:
        await db.dispose()


async def _require_schema(db: Database, service: str) -> None:
    async with reading(db) as tx:
        [(found,)] = await tx.rows("SELECT to_regnamespace(quote_ident($1)) IS NOT NULL", (service,))
    if not found:
        raise OperatorError(f"The database has no service {service}.", hint=f"One of {', '.join(SERVICES)}.")


def _url_of_stack(service: str) -> str:
    if service not in SERVICES:
        raise OperatorError(f"There is no service {service}.", hint=f"One of {', '.join(SERVICES)}.")
    state = load_state(default_layout().stack_file)
    if service not in state.passwords:
        raise OperatorError("No stack has been started here.", hint="Run `make up`, or pass --database-url.")
    embedded = f"postgresql://127.0.0.1:{state.ports['postgres']}/postgres"
    return service_url(state.external_database or embedded, service, password=state.passwords[service])
