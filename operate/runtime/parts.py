"""The processes of a stack, built from its state: servers, sinks, services, with the environment each one gets."""

import json
import sys
from urllib.parse import urlsplit

from pydantic import ValidationError

from operate.errors import OperatorError
from operate.progress import Say
from operate.runtime.code import code_of
from operate.runtime.databases import SERVICES, service_url
from operate.runtime.http_process import HttpProcess, HttpProcessSettings
from operate.runtime.kafka import Kafka, KafkaServerSettings
from operate.runtime.keys import ISSUER, public_key_file
from operate.runtime.options import StackOptions
from operate.runtime.paths import Layout
from operate.runtime.postgres import Postgres, PostgresSettings
from operate.runtime.postgres_place import PostgresPlace
from operate.runtime.state import LINKS, SEALING, StackState
from shared.platform.settings import PREFIX, KafkaSettings, refused_settings

SINKS = ("mail", "webhook", "erp")


def postgres(layout: Layout, state: StackState, options: StackOptions, *, place: PostgresPlace, say: Say) -> Postgres:
    """The embedded database server."""
    return Postgres(
        place,
        PostgresSettings(
            port=state.ports["postgres"],
            password=state.passwords["admin"],
            log=layout.logs / "postgres.log",
            options=options.postgres_options,
        ),
        record=state.processes.get("postgres"),
        say=say,
    )


def kafka(layout: Layout, state: StackState, options: StackOptions, say: Say) -> Kafka:
    """The embedded broker."""
    return Kafka(
        KafkaServerSettings(
            folder=layout.kafka,
            port=state.ports["kafka"],
            controller_port=state.ports["kafka_controller"],
            log=layout.logs / "kafka.log",
            jars=options.cache / "kafka-jars",
            maven_url=options.maven_url,
            options=options.kafka_options,
        ),
        record=state.processes.get("kafka"),
        say=say,
    )


def sink(name: str, layout: Layout, state: StackState, say: Say) -> HttpProcess:
    """A mail sink, webhook sink or ERP simulator."""
    arguments = ["--port", str(state.ports[name])]
    if name == "mail":
        arguments += ["--smtp-port", str(state.ports["mail_smtp"])]
    settings = HttpProcessSettings(
        name=name,
        argv=(sys.executable, "-m", f"operate.sinks.{name}", *arguments),
        port=state.ports[name],
        cwd=layout.project,
        state=layout.state,
        log=layout.logs / f"{name}.log",
    )
    return HttpProcess(settings, record=state.processes.get(name), say=say)


def service(name: str, layout: Layout, state: StackState, say: Say) -> HttpProcess:
    """One of the four services."""
    settings = HttpProcessSettings(
        name=name,
        argv=(sys.executable, "-m", f"services.{name}"),
        port=state.ports[name],
        cwd=layout.project,
        state=layout.state,
        log=layout.logs / f"{name}.log",
        env=service_environment(name, layout, state),
        code=code_of(name, layout.project),
    )
    return HttpProcess(settings, record=state.processes.get(name), say=say)


def service_environment(name: str, layout: Layout, state: StackState) -> dict[str, str]:
    """The settings with which a service starts."""
    return {
        "REDRESS_DATABASE_URL": database_url(name, state),
        "REDRESS_KAFKA": bootstrap_servers(state),
        **kafka_environment(state),
        "REDRESS_HOST": "127.0.0.1",
        "REDRESS_HTTP_PORT": str(state.ports[name]),
        "REDRESS_MODE": state.mode,
        "REDRESS_DRAIN_SECONDS": "0",  # no balancer is before them
        "REDRESS_OTLP_ENDPOINT": state.otlp_endpoint,
        "REDRESS_SMTP_URL": f"smtp://127.0.0.1:{state.ports['mail_smtp']}",
        "REDRESS_SEALING_KEYS": state.passwords[SEALING],
        "REDRESS_LINK_KEYS": state.passwords[LINKS],
        "REDRESS_ERP_CALLBACK_URL": f"http://127.0.0.1:{state.ports['settlement']}",
        "REDRESS_ERP_ALLOW_PRIVATE": "true",
        "REDRESS_SMTP_HELO_NAME": "localhost",
        "REDRESS_WEBHOOK_ALLOW_PRIVATE": "true",
        "REDRESS_STORAGE_URL": layout.storage.as_uri(),
        "REDRESS_JWT_ISSUERS": json.dumps([{"issuer": ISSUER, "key_file": str(public_key_file(layout.keys))}]),
    }


def admin_url(state: StackState) -> str:
    """The administrator's database URL, embedded or the user's own."""
    embedded = f"postgresql://redress_admin:{state.passwords['admin']}@127.0.0.1:{state.ports['postgres']}/postgres"
    return state.external_database or embedded


def database_url(name: str, state: StackState) -> str:
    """The URL with which a service logs in."""
    return service_url(admin_url(state), name, password=state.passwords[name])


def kafka_environment(state: StackState) -> dict[str, str]:
    """The settings of Kafka clients; those that were given for the user's own broker go before ours."""
    return {
        "REDRESS_KAFKA_SECURITY_PROTOCOL": "PLAINTEXT",
        "REDRESS_KAFKA_SESSION_TIMEOUT_MS": "6000",
        "REDRESS_KAFKA_HEARTBEAT_INTERVAL_MS": "1000",
        "REDRESS_KAFKA_REBALANCE_TIMEOUT_MS": "20000",
        **(state.external_kafka_settings if state.external_kafka else {}),
    }


def kafka_settings(state: StackState) -> KafkaSettings:
    """How the operator's own commands reach the broker. Raises OperatorError when what was given does not fit."""
    given = {"kafka": bootstrap_servers(state)} | {
        name.removeprefix(PREFIX).lower(): value for name, value in kafka_environment(state).items()
    }
    try:
        return KafkaSettings.model_validate(given)
    except ValidationError as error:
        raise OperatorError("\n".join(refused_settings(error))) from None


def bootstrap_servers(state: StackState) -> str:
    """The broker's address, embedded or the user's own."""
    return state.external_kafka or f"127.0.0.1:{state.ports['kafka']}"


def urls(state: StackState) -> dict[str, str]:
    """The addresses that a person may want to open."""
    pages = {name: f"http://127.0.0.1:{state.ports[name]}" for name in (*SERVICES, *SINKS)}
    database = urlsplit(admin_url(state)).netloc.rpartition("@")[2]
    return {**pages, "kafka": bootstrap_servers(state), "postgres": database}


# What a person opens first in a sink or simulator.
_PAGES = {"mail": "/", "webhook": "/deliveries", "erp": "/payments"}


def addresses(state: StackState) -> list[tuple[str, str]]:
    """Each part that runs and the pages to open there; a server without pages is its bare address."""

    def pages(name: str, url: str) -> str:
        if name in SERVICES:
            return f"{url}/docs   metrics {url}/metrics"
        return f"{url}{_PAGES.get(name, '')}"

    return [(name, pages(name, url)) for name, url in state.urls.items()]
