"""`redress prepare`: what an installation's own servers need before a release of the services may start."""

import asyncio
import os
from collections.abc import Mapping
from typing import Annotated, Final
from urllib.parse import unquote, urlsplit

import typer
from pydantic import ValidationError

from operate.errors import OperatorError
from operate.progress import say_to_terminal
from operate.runtime.databases import SERVICES, role_of
from operate.runtime.schemas import ensure_schemas
from operate.runtime.topics import ensure_topics
from shared.platform.settings import PREFIX, KafkaSettings, refused_settings

Administrator = Annotated[
    str, typer.Option(envvar="DATABASE_URL", help="a login at PostgreSQL that may make roles and owns the database")
]
Replication = Annotated[
    int, typer.Option(envvar=f"{PREFIX}TOPIC_REPLICATION", min=1, help="replicas of the topics that are created")
]
URL_OF: Final = f"{PREFIX}DATABASE_URL_"
"""Followed by a service's name in capitals: the `REDRESS_DATABASE_URL` with which that service starts."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(prepare)


def prepare(*, database_url: Administrator, replication: Replication = 3) -> None:
    """Make the roles, schemas and topics that are missing on your own servers; run it before each release.

    Each service's password is taken from REDRESS_DATABASE_URL_INTAKE, …_SLA, …_SETTLEMENT and …_NOTIFY, the broker from
    REDRESS_KAFKA and REDRESS_KAFKA_*. `redress up` does all this for the stack on one machine; `redress migrate` and
    `redress topics` do it there one by one.
    """
    passwords = passwords_from(os.environ)
    kafka = kafka_of_process()
    ensure_schemas(database_url, passwords, say=say_to_terminal)
    created = asyncio.run(ensure_topics(kafka.kafka, replication=replication, security=kafka.kafka_security()))
    say_to_terminal(f"Kafka: {len(created)} topics created")


def passwords_from(environ: Mapping[str, str]) -> dict[str, str]:
    """The passwords in the services' own URLs. Raises OperatorError for one that is missing or of another role."""
    found: dict[str, str] = {}
    for service in SERVICES:
        name = f"{URL_OF}{service.upper()}"
        parts = urlsplit(environ.get(name, ""))
        if parts.username != role_of(service) or not parts.password:
            raise OperatorError(
                f"{name} is missing or is no login of {role_of(service)}.",
                hint=f"{name}=postgresql://{role_of(service)}:<password>@host:port/database, as {service} has it.",
            )
        found[service] = unquote(parts.password)
    return found


def kafka_of_process() -> KafkaSettings:
    """How this process reaches Kafka, by its environment. Raises OperatorError when the settings are wrong."""
    try:
        return KafkaSettings()
    except ValidationError as error:
        raise OperatorError("\n".join(refused_settings(error)), hint="docs/configuration.md lists them.") from None
