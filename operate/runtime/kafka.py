"""One real Apache Kafka broker (KRaft, one node) on 127.0.0.1.

Storage is formatted once, into a scratch folder that is renamed when complete; a broker killed with signal 9 recovers
at its next start.
"""

import asyncio
import base64
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from operate.errors import OperatorError
from operate.progress import Say, say_nothing
from operate.runtime.jars import ensure_jars, read_lock
from operate.runtime.java import java_program
from operate.runtime.kafka_settings import JVM, LOG4J, server_properties
from operate.runtime.ports import accepts, require_free
from operate.runtime.processes import MARKER, Command, Daemon, DidNotStart, ProcessRecord
from operate.runtime.waiting import wait_until


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaServerSettings:
    """Where the broker keeps its data and listens; `jars` is shared by all checkouts of a user."""

    folder: Path
    port: int
    controller_port: int
    log: Path
    jars: Path
    maven_url: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    """Properties of the broker that go before ours."""


class Kafka:
    """A broker that can be started, stopped, and killed for fault tests."""

    def __init__(
        self, settings: KafkaServerSettings, *, record: ProcessRecord | None = None, say: Say = say_nothing
    ) -> None:
        self._settings = settings
        self._say = say
        self.daemon = Daemon("kafka", log=settings.log, record=record)

    @property
    def bootstrap_servers(self) -> str:
        return f"127.0.0.1:{self._settings.port}"

    def fetch(self) -> None:
        """Make sure that the verified jars are there."""
        ensure_jars(read_lock(), self._settings.jars, remote=self._settings.maven_url, say=self._say)

    def start(self) -> None:
        """Format the storage at the first start, start the broker, return when it answers a metadata request."""
        command = self._command()
        if self.daemon.is_running and not self.daemon.runs(command):
            self.stop()
        if not self.daemon.is_running:
            self.fetch()
            require_free("kafka", self._settings.port)
            require_free("kafka_controller", self._settings.controller_port)
            self._write_settings()
            if not (self._data / "meta.properties").exists():
                self._format()
            self.daemon.spawn(command)
        if not wait_until(self._answers, timeout=90, give_up=lambda: not self.daemon.is_running):
            raise DidNotStart("Apache Kafka", log=self._settings.log, reason="did not answer")

    def stop(self) -> None:
        """Orderly shutdown, about 2 s."""
        self.daemon.stop(timeout=30)

    def kill(self) -> None:
        """Signal 9."""
        self.daemon.kill()

    def remove_data(self) -> None:
        """Stop and forget everything."""
        self.stop()
        shutil.rmtree(self._settings.folder, ignore_errors=True)

    @property
    def _data(self) -> Path:
        return self._settings.folder / "data"

    def _write_settings(self) -> None:
        folder = self._settings.folder
        (folder / "tmp").mkdir(parents=True, exist_ok=True)
        (folder / "log4j2.properties").write_text(LOG4J)
        (folder / "server.properties").write_text(self._properties(self._data))

    def _properties(self, data: Path) -> str:
        own = server_properties(port=self._settings.port, controller_port=self._settings.controller_port, data=data)
        return "".join(f"{name}={value}\n" for name, value in {**own, **self._settings.options}.items())

    def _java(self, main: str, *arguments: str) -> tuple[str, ...]:
        folder = self._settings.folder
        return (
            str(java_program()),
            *JVM,
            f"-Djava.io.tmpdir={folder / 'tmp'}",
            f"-Dlog4j2.configurationFile={folder / 'log4j2.properties'}",
            "-cp",
            f"{self._settings.jars}/*",
            main,
            *arguments,
        )

    def _command(self) -> Command:
        folder = self._settings.folder
        return Command(
            argv=self._java("kafka.Kafka", str(folder / "server.properties")), cwd=folder, env=self._marker()
        )

    def _marker(self) -> dict[str, str]:
        return {MARKER: str(self._settings.folder.parent), "REDRESS_PROCESS": "kafka"}

    def _format(self) -> None:
        self._say("Apache Kafka: formatting its storage")
        folder = self._settings.folder
        scratch, properties = folder / "data.new", folder / "format.properties"
        shutil.rmtree(scratch, ignore_errors=True)
        properties.write_text(self._properties(scratch))
        arguments = ("format", "--cluster-id", self._cluster_id(), "--config", str(properties))
        done = subprocess.run(
            self._java("kafka.tools.StorageTool", *arguments), cwd=folder, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise OperatorError(f"Apache Kafka could not format its storage:\n{done.stdout}{done.stderr}")
        shutil.rmtree(self._data, ignore_errors=True)
        scratch.replace(self._data)

    @staticmethod
    def _cluster_id() -> str:
        """22 characters of unpadded base64 that do not begin with a dash, as Kafka makes them."""
        return "R" + base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=")[1:]

    def _answers(self) -> bool:
        return accepts(self._settings.port) and asyncio.run(answers(self.bootstrap_servers))


async def answers(bootstrap_servers: str) -> bool:
    """Whether a broker answers a metadata request with at least one live broker."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers, request_timeout_ms=3000)
    try:
        await admin.start()
        cluster = await admin.describe_cluster()
    except (KafkaError, OSError, TimeoutError):
        return False
    finally:
        await admin.close()
    return bool(cluster["brokers"])
