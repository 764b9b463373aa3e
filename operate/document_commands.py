"""`redress documents`: write OpenAPI, AsyncAPI and event schemas into docs/api."""

from pathlib import Path

import typer

from operate.progress import say_to_terminal
from operate.published import write
from operate.runtime.paths import default_layout


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(documents)


def documents() -> None:
    """Write OpenAPI, AsyncAPI and the events' JSON Schemas into docs/api."""
    folder: Path = default_layout().project / "docs" / "api"
    changed = write(folder)
    say_to_terminal(f"{len(changed)} changed in {folder.relative_to(default_layout().project)}")
