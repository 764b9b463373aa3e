"""`redress documents`: write OpenAPI, AsyncAPI and event schemas into docs/api, and the reference in AUTHORING.md."""

import typer

from operate.progress import say_to_terminal
from operate.published import write
from operate.runtime.paths import default_layout


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(documents)


def documents() -> None:
    """Write what others build against: docs/api (OpenAPI, AsyncAPI, events) and the reference in AUTHORING.md."""
    project = default_layout().project
    changed = write(project)
    for file in changed:
        typer.echo(str(file.relative_to(project)))
    say_to_terminal(f"{len(changed)} changed")
