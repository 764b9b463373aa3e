"""`redress scenario FILE…` and `redress demo`: scenarios against the stack of this checkout."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from operate.errors import OperatorError
from operate.runtime import parts
from operate.runtime.paths import default_layout
from operate.scenarios.load import LoadedScenario, load_scenario
from operate.scenarios.located import ScenarioInvalid
from operate.scenarios.outcome import Outcome
from operate.scenarios.report import report
from operate.scenarios.run import run_scenario
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
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="print every step with its answers and what it caused")
    ] = False,
    locale: Annotated[str, typer.Option(help="language of labels: en or zh")] = "en",
) -> None:
    """Run scenario files; exit 1 when one of them differs or is wrong. A wrong file does not stop the others."""
    if not files:
        raise OperatorError("No scenario file was named.", hint=f"make scenario FILE={DEMO} V=1")
    console = Console(soft_wrap=True)
    if not run_files(files, console, start=lambda: _start(console), verbose=verbose, locale=locale):
        raise typer.Exit(1)


def run_files(
    files: list[Path], console: Console, *, start: Callable[[], Stack], verbose: bool = False, locale: str = "en"
) -> bool:
    """Run each file that is right, on the stack that `start` gives; whether all were right and passed."""
    loaded = [_load(console, file) for file in files]
    right = [each for each in loaded if each is not None]
    stack = start() if right else None
    passed = [stack is not None and _run(console, each, stack, verbose=verbose, locale=locale) for each in right]
    if len(files) > 1:
        counts = {"passed": sum(passed), "failed": len(passed) - sum(passed), "wrong": len(files) - len(right)}
        console.print(f"{len(files)} files: {', '.join(f'{count} {what}' for what, count in counts.items())}")
    return all(passed) and len(right) == len(files)


def demo(
    *,
    kafka: Kafka = "",
    database_url: Database = "",
    locale: Annotated[str, typer.Option(help="language of labels: en or zh")] = "en",
) -> None:
    """Start the stack and run the main scenario: a quality objection from registration to payment."""
    console = Console(soft_wrap=True)
    began = time.monotonic()
    running = open_stack()
    running.up_again(kafka=kafka or None, database_url=database_url or None)
    console.rule("A quality objection, from registration to payment")
    console.print(f"[dim]{LEGEND}[/]\n", highlight=False)
    loaded = load_scenario(running.layout.project / DEMO)
    passed = _run(console, loaded, of_running(running), verbose=True, locale=locale)
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


def _load(console: Console, file: Path) -> LoadedScenario | None:
    """A scenario that can run; its faults are printed otherwise."""
    try:
        loaded = load_scenario(file)
    except ScenarioInvalid as invalid:
        for finding in invalid.findings:
            console.print(escape(finding), highlight=False)
        console.print(f"[red]wrong[/]   {escape(str(file))}  (nothing of it was run)", highlight=False)
        return None
    for warning in loaded.warnings:
        console.print(f"[yellow]warning[/] {escape(warning)}", highlight=False)
    return loaded


def _run(console: Console, loaded: LoadedScenario, stack: Stack, *, verbose: bool, locale: str) -> bool:
    watch = Timeline(console, locale=locale) if verbose else None
    try:
        outcome = asyncio.run(run_scenario(loaded, stack, watch=watch))
    except OperatorError as error:
        console.print(escape(str(error)), highlight=False)
        console.print(f"[red]stopped[/] {escape(loaded.scenario.scenario)}", highlight=False)
        return False
    for line in report(outcome):
        console.print(escape(line), highlight=False, style="red" if line.startswith("✗") else "")
    console.print(verdict(outcome), highlight=False)
    if not outcome.passed and not verbose:
        console.print(f"[dim]The whole timeline: make scenario FILE={loaded.file} V=1[/]", highlight=False)
    return outcome.passed


def verdict(outcome: Outcome) -> str:
    """One line: whether it passed, its title, how far it came, its rules (once), its organisation."""
    facts = [f"{len(outcome.steps)} of {len(outcome.scenario.steps)} steps"]
    if outcome.passed:
        facts += dict.fromkeys(outcome.scenario.rules)
    facts.append(f"organisation {outcome.organisation}")
    word = "[green]passed[/]" if outcome.passed else "[red]differs[/]"
    return f"{word}  {escape(outcome.scenario.scenario)}  ({escape(', '.join(facts))})"
