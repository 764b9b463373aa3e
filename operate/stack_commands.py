"""`redress up|down|reset|status|logs|migrate|topics`: the stack on this machine."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer

from operate.errors import OperatorError
from operate.log_lines import last_objects, log_object
from operate.progress import say_to_terminal
from operate.runtime.databases import SERVICES, database_of, with_database
from operate.runtime.migrations import create_topics
from operate.runtime.migrations import migrate as run_migrations
from operate.runtime.options import options_from
from operate.runtime.parts import admin_url
from operate.runtime.paths import default_layout
from operate.runtime.stack import Stack

Kafka = Annotated[str, typer.Option(envvar="KAFKA", help="host:port of your own Kafka; empty: start one")]
Database = Annotated[
    str, typer.Option(envvar="DATABASE_URL", help="administrator's URL of your own PostgreSQL; empty: start one")
]

ADMINISTRATOR: Final = "administrator"
"""Names the administrator's URL of the database among the addresses."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (up, down, reset, status, logs, migrate, topics):
        app.command()(command)


def open_stack() -> Stack:
    """The stack of this checkout, configured by the environment."""
    return Stack(default_layout(), options_from(os.environ), say=say_to_terminal)


def up(
    *,
    kafka: Kafka = "",
    database_url: Database = "",
    servers_only: Annotated[bool, typer.Option(help="PostgreSQL and Kafka, no services")] = False,
) -> None:
    """Start PostgreSQL, Kafka, the sinks and the four services, or what is missing or has changed of them."""
    began = time.monotonic()
    stack = open_stack()
    chosen = {"services": (), "sinks": ()} if servers_only else {}
    stack.up(kafka=kafka or None, database_url=database_url or None, **chosen)
    say_to_terminal(f"Ready after {time.monotonic() - began:.1f} s.")
    _print_status(stack)


def down() -> None:
    """Stop everything that `up` started; data stays."""
    open_stack().down()


def reset() -> None:
    """Stop everything and delete its data."""
    open_stack().reset()


def status(
    *,
    url: Annotated[
        str,
        typer.Option(
            help="print only the address of this part: intake, mail, …; "
            "administrator: the administrator's URL of the database, with its password"
        ),
    ] = "",
    targets: Annotated[
        bool, typer.Option("--targets", help="print the file deploy/prometheus/targets/redress.yml for this stack")
    ] = False,
) -> None:
    """Show what runs and where."""
    stack = _started() if targets or url == ADMINISTRATOR else open_stack()
    if targets:
        for service in SERVICES:
            say_to_terminal(f'- targets: ["{urlsplit(stack.state.urls[service]).netloc}"]')
            say_to_terminal(f"  labels: {{service: {service}}}")
    elif not url:
        _print_status(stack)
    elif url == ADMINISTRATOR:
        say_to_terminal(with_database(admin_url(stack.state), database_of(admin_url(stack.state))))
    elif url in stack.state.urls:
        say_to_terminal(stack.state.urls[url])
    else:
        raise OperatorError(
            f"No part {url} has an address.", hint=f"Parts: {', '.join((*stack.state.urls, ADMINISTRATOR))}."
        )


def logs(
    *,
    name: Annotated[str, typer.Argument(help="postgres, kafka, intake, …; empty: all")] = "",
    lines: Annotated[int, typer.Option(help="how many of the last lines of each")] = 20,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="go on as lines arrive")] = False,
) -> None:
    """Show the last log lines, each as one JSON object with the `part` that wrote it."""
    files = _log_files(name)
    for line in last_objects(files, lines=lines):
        say_to_terminal(line)
    if follow:
        for line in _new_lines(files):
            say_to_terminal(line)


def migrate() -> None:
    """Make database roles and bring every service's schema to its newest version."""
    run_migrations(_started().state, say=say_to_terminal)


def topics() -> None:
    """Create the Kafka topics that are missing."""
    create_topics(_started().state, say=say_to_terminal)


def _started() -> Stack:
    stack = open_stack()
    if not stack.state.ports:
        raise OperatorError("Nothing has been started here yet.", hint="Run `make up` first.")
    return stack


def _print_status(stack: Stack) -> None:
    for part in stack.status():
        say_to_terminal(f"  {part.name:<12}{'up' if part.is_running else 'down':<6}{part.address}")


def _log_files(name: str) -> list[Path]:
    files = sorted(default_layout().logs.glob("*.log"))
    chosen = [file for file in files if name in ("", file.stem)]
    if not chosen:
        known = ", ".join(file.stem for file in files) or "none yet"
        raise OperatorError(f"There is no log of {name or 'anything'}.", hint=f"Logs: {known}.")
    return chosen


def _new_lines(files: list[Path]) -> Iterator[str]:
    positions = {file: file.stat().st_size for file in files}
    while True:
        for file, position in positions.items():
            with file.open("rb") as handle:
                handle.seek(position if position <= file.stat().st_size else 0)
                for line in handle:
                    yield log_object(file.stem, line.decode(errors="replace"))
                positions[file] = handle.tell()
        time.sleep(0.3)  # noqa: TID251
