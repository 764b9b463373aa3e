"""`redress scenario FILE…` and `redress demo`: scenarios against the stack of this checkout."""

import asyncio
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from operate.errors import OperatorError
from operate.runtime import parts
from operate.runtime.paths import default_layout
from operate.scenarios import play as player
from operate.scenarios.ready import load
from operate.scenarios.report import report
from operate.scenarios.session import Stack
from operate.scenarios.stack import of_layout, of_running
from operate.scenarios.timeline import LEGEND, Timeline
from operate.stack_commands import Database, Kafka, open_stack

DEMO = "deploy/policies/laigang/scenarios/main_job.yaml"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(scenario)
    app.command()(demo)


def scenario(
    *,
    files: Annotated[list[Path] | None, typer.Argument(help="scenario files, anywhere")] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="print the whole timeline")] = False,
    locale: Annotated[str, typer.Option(help="language of labels: en or zh")] = "en",
) -> None:
    """Play scenario files; exit 1 when one of them differs or is wrong."""
    if not files:
        raise OperatorError("Which scenario? None was named.", hint=f"make scenario FILE={DEMO} V=1")
    for file in files:
        load(file)
    console = Console(soft_wrap=True)
    stack = _start(console)
    results = [_play(console, file, stack, verbose=verbose, locale=locale) for file in files]
    if not all(results):
        raise typer.Exit(1)


def demo(
    *,
    kafka: Kafka = "",
    database_url: Database = "",
    locale: Annotated[str, typer.Option(help="language of labels: en or zh")] = "en",
) -> None:
    """Start the stack and play the main job: a quality objection from registration to pay-out."""
    console = Console(soft_wrap=True)
    began = time.monotonic()
    running = open_stack()
    running.up_again(kafka=kafka or None, database_url=database_url or None)
    console.rule("A quality objection, from registration to pay-out")
    console.print(f"[dim]{LEGEND}[/]\n", highlight=False)
    passed = _play(console, running.layout.project / DEMO, of_running(running), verbose=True, locale=locale)
    console.rule("Explore")
    for name, what in parts.addresses(running.state):
        console.print(f"  {name:<12}{what}", highlight=False)
    console.print(f"\nDone in {time.monotonic() - began:.0f} s. The stack stays up; `make down` stops it.")
    if not passed:
        raise typer.Exit(1)


def _start(console: Console) -> Stack:
    """The stack of this checkout, started when it is not running."""
    running = open_stack()
    if not all(part.is_running for part in running.status()):
        running.up_again()
        return of_running(running)
    console.print("[dim]Using the running stack.[/]")
    return of_layout(default_layout())


def _play(console: Console, file: Path, stack: Stack, *, verbose: bool, locale: str) -> bool:
    watch = Timeline(console, locale=locale) if verbose else None
    outcome = asyncio.run(player.play(file, stack, watch=watch))
    for line in report(outcome):
        console.print(escape(line), highlight=False, style="red" if line.startswith("✗") else "")
    steps = f"{len(outcome.played)} of {len(outcome.scenario.steps)} steps"
    verdict = "[green]passed[/]" if outcome.passed else "[red]differs[/]"
    console.print(f"{verdict}  {escape(outcome.scenario.scenario)}  ({steps}, {', '.join(outcome.scenario.rules)})")
    if not outcome.passed and not verbose:
        console.print(f"[dim]The whole timeline: make scenario FILE={file} V=1[/]", highlight=False)
    return outcome.passed
