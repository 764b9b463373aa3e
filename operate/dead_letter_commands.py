"""`redress dead-letter list|show|replay|discard` and `redress outbox replay`: events that failed or are sent again.

The commands write to the service's database and the worker does the work; everything that changes something is audited
with the operator's name, and can be looked at first with --dry-run.
"""

import asyncio
import base64
import getpass
from collections.abc import Coroutine
from dataclasses import asdict
from typing import Annotated, Any, Final, TypeVar

import typer

from operate.errors import OperatorError
from operate.instant_option import instant_of
from operate.progress import say_to_terminal
from operate.service_database import DatabaseOption, ServiceOption, opened
from shared.kernel.errors import ServiceError
from shared.platform.db.engine import Database
from shared.platform.db.tables import NO_ORG
from shared.platform.db.transaction import reading, transaction
from shared.platform.inbox import dead_letter_admin
from shared.platform.inbox.dead_letter import audit
from shared.platform.inbox.dead_letter_admin import Choice, ParkedKey
from shared.platform.outbox import replay as outbox_replay
from shared.platform.outbox.replay import Filter

T = TypeVar("T")
Org = Annotated[str, typer.Option(help="organisation id; empty: all")]
Key = Annotated[str, typer.Option(help="event key, the case id; empty: all")]
Operator = Annotated[str, typer.Option(help="who is recorded in the audit", show_default="the login name")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="print what would be done, and do nothing")]
Letter = Annotated[str, typer.Argument(help="dead letter id, as `list` shows it")]

POLL_SECONDS: Final = 0.3

dead_letter = typer.Typer(help="Events that a service could not handle.", no_args_is_help=True)
outbox = typer.Typer(help="Events that a service has published.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(dead_letter, name="dead-letter")
    app.add_typer(outbox, name="outbox")


@dead_letter.command("list")
def list_(*, service: ServiceOption, database_url: DatabaseOption = "", org: Org = "", key: Key = "") -> None:
    """Open dead letters and parked keys."""
    _run(_list(service, database_url, _choice(org, key)))


@dead_letter.command()
def show(letter_id: Letter, *, service: ServiceOption, database_url: DatabaseOption = "") -> None:
    """One dead letter with its headers and payload."""
    _run(_show(service, database_url, letter_id))


@dead_letter.command()
def replay(  # noqa: PLR0913 - options of a command
    *,
    service: ServiceOption,
    database_url: DatabaseOption = "",
    org: Org = "",
    key: Key = "",
    dry_run: DryRun = False,
    operator: Operator = "",
    wait_seconds: Annotated[float, typer.Option(help="how long to wait for the worker")] = 60.0,
) -> None:
    """Run parked events again, in order, and unpark their keys; waits for the worker and prints the result."""
    if dry_run:
        _run(_preview(service, database_url, _choice(org, key)))
    elif _run(_replay(service, database_url, _choice(org, key), operator=_name(operator), wait_seconds=wait_seconds)):
        raise typer.Exit(1)


@dead_letter.command()
def discard(
    letter_id: Letter,
    *,
    service: ServiceOption,
    reason: Annotated[str, typer.Option(help="why; recorded in the audit")],
    database_url: DatabaseOption = "",
    operator: Operator = "",
) -> None:
    """Discard one event for ever; the events that wait behind it are handled."""
    _run(_discard(service, database_url, letter_id, reason, _name(operator)))


@outbox.command("replay")
def replay_outbox(  # noqa: PLR0913 - options of a command
    *,
    service: ServiceOption,
    database_url: DatabaseOption = "",
    org: Org = "",
    key: Key = "",
    type_: Annotated[str, typer.Option("--type", help="event type, case.registered.v1; empty: all")] = "",
    topic: Annotated[str, typer.Option(help="topic; empty: all")] = "",
    since: Annotated[str, typer.Option(help="published at or after this instant, 2026-03-01T00:00:00Z")] = "",
    until: Annotated[str, typer.Option(help="published before this instant")] = "",
    dry_run: DryRun = False,
    operator: Operator = "",
) -> None:
    """Publish archived events again; consumers that have handled them skip them."""
    chosen = Filter(
        org=org or None,
        key=key or None,
        type=type_ or None,
        topic=topic or None,
        since=instant_of(since),
        until=instant_of(until),
    )
    if dry_run:
        _run(_preview_outbox(service, database_url, chosen))
    else:
        _run(_replay_outbox(service, database_url, chosen, operator=_name(operator)))


async def _list(service: str, database_url: str, choice: Choice) -> None:
    async with opened(service, database_url) as db, reading(db) as tx:
        found = await dead_letter_admin.dead_letters(tx, choice)
        keys = await dead_letter_admin.parked_keys(tx, choice)
    say_to_terminal(f"{len(found)} open dead letters, {len(keys)} parked keys")
    for row in found:
        where = f"{row['topic']}/{row['partition']}@{row['record_offset']}"
        say_to_terminal(f"{row['dead_letter_id']}  {row['consumer']}  {row['type'] or '?'}  key {row['key']}  {where}")
        say_to_terminal(f"    {row['created_at']:%Y-%m-%d %H:%M:%S}Z  {row['code']}: {row['error']}")
    for key in keys:
        say_to_terminal(
            f"{key.state}: {key.consumer}  {key.topic}  key {key.key}  {key.waiting} events wait  {key.code}"
        )


async def _show(service: str, database_url: str, letter_id: str) -> None:
    async with opened(service, database_url) as db, reading(db) as tx:
        row = await dead_letter_admin.get_dead_letter(tx, letter_id)
    for name in row:
        if name not in {"headers", "value", "record_key"}:
            say_to_terminal(f"{name}: {row[name]}")
    for name, value in row["headers"]:
        say_to_terminal(f"header {name}: {_readable(base64.b64decode(value))}")
    say_to_terminal(f"payload: {_readable(row['value'] or b'')}")


async def _preview(service: str, database_url: str, choice: Choice) -> None:
    async with opened(service, database_url) as db, reading(db) as tx:
        _say_keys("would replay", await dead_letter_admin.parked_keys(tx, choice))


async def _replay(
    service: str, database_url: str, choice: Choice, *, operator: str, wait_seconds: float
) -> list[ParkedKey]:
    async with opened(service, database_url) as db:
        async with transaction(db) as tx:
            chosen = await dead_letter_admin.request_replay(tx, choice, operator=operator)
        _say_keys("replaying", chosen)
        return await _wait(db, choice, wait_seconds) if chosen else []


async def _wait(db: Database, choice: Choice, seconds: float) -> list[ParkedKey]:
    """Until the worker has taken every key; those that are parked still."""
    printed = -1
    try:
        async with asyncio.timeout(seconds):
            while True:
                async with reading(db) as tx:
                    left = await dead_letter_admin.parked_keys(tx, choice)
                waiting = sum(key.waiting for key in left)
                if not any(key.state == "replaying" for key in left):
                    break
                if waiting != printed:
                    say_to_terminal(f"{waiting} events to go")
                    printed = waiting
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        raise OperatorError(
            "The worker has not finished yet.", hint="Is it running? It goes on by itself; look with `list`."
        ) from None
    for key in left:
        say_to_terminal(f"still parked: {key.consumer}  {key.topic}  key {key.key}  {key.code}: {key.error}")
    say_to_terminal("done" if not left else f"{len(left)} keys are still parked")
    return left


async def _discard(service: str, database_url: str, letter_id: str, reason: str, operator: str) -> None:
    async with opened(service, database_url) as db, transaction(db) as tx:
        await dead_letter_admin.discard(tx, letter_id, operator=operator, reason=reason)
    say_to_terminal(f"discarded {letter_id}")


async def _preview_outbox(service: str, database_url: str, chosen: Filter) -> None:
    async with opened(service, database_url) as db:
        say_to_terminal(f"would publish {await outbox_replay.count(db, chosen)} events again")


async def _replay_outbox(service: str, database_url: str, chosen: Filter, *, operator: str) -> None:
    restrictions = {name: str(value) for name, value in asdict(chosen).items() if value is not None}
    async with opened(service, database_url) as db:
        async with transaction(db) as tx:
            org = chosen.org or NO_ORG
            await audit(tx, operator=operator, action="outbox.replay", org=org, details={**restrictions})
        say_to_terminal(f"{await outbox_replay.replay(db, chosen)} events are published again")


def _run(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except ServiceError as error:
        raise OperatorError(f"{error.code}: {error.detail}") from error


def _choice(org: str, key: str) -> Choice:
    return Choice(org=org or None, key=key or None)


def _name(operator: str) -> str:
    return operator or getpass.getuser()


def _readable(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return f"base64:{base64.b64encode(value).decode()}"


def _say_keys(what: str, keys: list[ParkedKey]) -> None:
    say_to_terminal(f"{what} {sum(key.waiting for key in keys)} events of {len(keys)} keys")
    for key in keys:
        say_to_terminal(f"  {key.consumer}  {key.topic}  key {key.key}  {key.waiting} events  {key.code}")
