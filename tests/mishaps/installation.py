"""What an operator does to an installation: stop and start its services, back up, restore, `redress recover`, `redress doctor`."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import asyncpg

from operate.doctor.broker import check_brokers
from operate.doctor.finding import Finding, Level
from operate.doctor.installation import read_settings
from operate.prepare_commands import URL_OF
from operate.progress import say_nothing
from operate.runtime.databases import DATABASE, SERVICES, owner_of, with_database
from operate.runtime.embedded import admin_url
from operate.runtime.migrations import migrate
from operate.runtime.parts import service_environment
from operate.runtime.postgres_place import wheel_programs
from operate.runtime.stack import Stack
from operate.scenarios.session import Session
from operate.scenarios.stack import of_running

_SESSION_ENDS_WITHIN: Final = 60.0
_KAFKA: Final = ("REDRESS_KAFKA", "REDRESS_KAFKA_SECURITY_PROTOCOL")


async def stop_services(stack: Stack) -> None:
    """All four, in order."""
    await asyncio.gather(*(asyncio.to_thread(stack.part(name).stop) for name in SERVICES))


async def start_services(stack: Stack) -> None:
    """All four, until each is ready."""
    await asyncio.gather(*(asyncio.to_thread(stack.part(name).start, {}) for name in SERVICES))


def anew(stack: Stack, session: Session) -> Session:
    """A client that knows no position: what it knew may name events that are lost."""
    return Session(of_running(stack), session.http, organisation=session.organisation, zone=session.zone)


async def back_up(stack: Stack, file: Path) -> None:
    """All four schemas in one dump."""
    await _run("pg_dump", "--format=custom", f"--file={file}", f"--dbname={with_database(admin_url(stack), DATABASE)}")


async def restore(stack: Stack, file: Path) -> None:
    """The database as the dump has it; nothing may use it meanwhile."""
    await _run("pg_restore", "--create", "--clean", f"--dbname={admin_url(stack)}", str(file))


async def restore_schema(stack: Stack, file: Path, service: str) -> None:
    """The schema of one service as the dump has it; the others are left as they are. Its rights come from `prepare`.

    `pg_restore --clean` cannot drop the partitions of the archive one by one.
    """
    url = with_database(admin_url(stack), DATABASE)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"DROP SCHEMA {service} CASCADE")
        await connection.execute(f"CREATE SCHEMA {service} AUTHORIZATION {owner_of(service)}")
    finally:
        await connection.close()
    await _run("pg_restore", f"--schema={service}", f"--dbname={url}", str(file))
    await asyncio.to_thread(migrate, stack.state, say=say_nothing)


async def recover(stack: Stack, *options: str) -> tuple[int, str]:
    """`redress recover` as a process of its own, with the settings of all services: exit status and what it said.

    It is run again while a consumer that could not take its leave counts as a member: until its session ends.
    """
    async with asyncio.timeout(_SESSION_ENDS_WITHIN):
        while True:
            status, said = await _recover(stack, *options)
            if not re.search(r"has \d+ members", said):
                return status, said


async def _recover(stack: Stack, *options: str) -> tuple[int, str]:
    environments = {str(name): service_environment(name, stack.layout, stack.state) for name in SERVICES}
    urls = {f"{URL_OF}{name.upper()}": given["REDRESS_DATABASE_URL"] for name, given in environments.items()}
    kafka = {name: environments["intake"][name] for name in _KAFKA}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "operate.cli", "recover", *options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, **urls, **kafka},
    )
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


async def faults(stack: Stack, check: str) -> dict[str, str]:
    """By subject: what `redress doctor` finds wrong with Kafka and its topics, of one check."""
    environments = {str(name): service_environment(name, stack.layout, stack.state) for name in SERVICES}
    parts, _ = read_settings(environments)
    found: list[Finding] = [each async for each in check_brokers(parts)]
    assert check in {each.check for each in found}
    return {each.subject: each.found for each in found if each.check == check and each.level is Level.FAIL}


async def _run(program: str, *arguments: str) -> Any:
    command = [str(wheel_programs() / "bin" / program), *arguments]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
