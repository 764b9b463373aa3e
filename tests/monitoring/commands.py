"""Runs the commands of runbooks as a person would: in a shell, with the variables of one stack."""

import asyncio
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from operate.alerts.files import ALERTS
from operate.runbooks.commands import promql
from operate.runbooks.runbook import Step
from operate.runbooks.variables import PLACES
from operate.runtime.databases import SERVICES
from operate.runtime.embedded import admin_url, database_url
from operate.runtime.stack import Stack

SECONDS: Final = 60.0
_NAMES: Final = re.compile(r"\$([A-Z_]+)")
_SAMPLE: Final = re.compile(r"^([\w:]*(\{.*\})?|scalar:) => \S+ @\[[\d.]+\]$")
_ROWS: Final = re.compile(r"^\(\d+ rows?\)$", re.MULTILINE)
QUIET: Final = {promql(alert.expr) for alert in ALERTS}
"""Queries that give nothing when all is well."""
RECORDED: Final = re.compile(r"service:redress_http_\w+:")
"""Shares of requests, of which there are none while none come."""
AT_ONCE: Final = 2
"""Commands that run side by side: a shell each, on few processors."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A command as it was run, with the variables filled in by the shell."""

    run: str
    status: int
    output: str
    errors: str

    def faults(self) -> list[str]:
        """Why it did not do what its kind of command does: its exit status, or output of another form."""
        if self.status:
            return [f"{self.run}\nexit status {self.status}: {self.errors[-600:]}{self.output[-600:]}"]
        return [f"{self.run}\n{why}: {self.output[-600:]!r}" for why in self._of_another_form()]

    def _of_another_form(self) -> list[str]:
        lines = [line for line in self.output.splitlines() if line]
        program = "jq" if " | jq " in self.run else self.run.split()[0]
        match program:
            case "promtool":
                is_enough = bool(lines) or self.run in QUIET or RECORDED.search(self.run)
                return [] if is_enough and all(_SAMPLE.match(line) for line in lines) else ["no samples"]
            case "psql":
                return [] if _ROWS.search(self.output) else ["no rows"]
            case "jq" | "curl":
                return [] if all(_is_json(line) for line in lines) else ["not JSON"]
            case "redress" | "df":
                return [] if lines else ["nothing is printed"]
            case _:
                return [f"nothing is known of {program}"]


@dataclass(slots=True)
class Commands:
    """Commands on one stack; `places` are the variables that are the same for all of them."""

    stack: Stack
    places: Mapping[str, str]
    run: set[str] = field(default_factory=set)
    """Every command that was run, as it stands on its page."""
    _places_to_run: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def each(self, steps: Sequence[Step], **variables: str) -> list[Ran]:
        """Run the commands of the steps side by side, and fail with what is wrong about any of them."""
        found = await asyncio.gather(*(self.one(step.run, **variables) for step in steps if step.run))
        wrong = [why for ran in found for why in ran.faults()]
        assert not wrong, "\n\n".join(wrong)
        return found

    async def in_order(self, steps: Sequence[Step], **variables: str) -> list[Ran]:
        """The same, one after the other: each may change what the next one finds."""
        return [ran for step in steps for ran in await self.each([step], **variables)]

    async def one(self, run: str, **variables: str) -> Ran:
        """Run one command."""
        known = {**self.places, **variables}
        assert set(_NAMES.findall(run)) <= set(known), (run, sorted(known))
        async with self._places_to_run, asyncio.timeout(SECONDS):
            process = await asyncio.create_subprocess_exec(
                "bash",
                "-o",
                "pipefail",
                "-c",
                run,
                env={**_environment(self.stack), **known},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            output, errors = await process.communicate()
        self.run.add(run)
        assert process.returncode is not None
        return Ran(run, process.returncode, output.decode(), errors.decode())


def places_of(stack: Stack, *, prometheus: str, token: str) -> dict[str, str]:
    """The variables that name parts of a stack."""
    database = urlsplit(database_url(stack, "sla")).path
    administrator = urlsplit(admin_url(stack))._replace(path=database).geturl()
    apis = {name.upper(): stack.state.urls[name] for name in SERVICES}
    found = {"PROMETHEUS": prometheus, "POSTGRES": administrator, "TOKEN": token, **apis}
    return {variable.name: found[variable.name] for variable in PLACES}


def _environment(stack: Stack) -> dict[str, str]:
    programs = Path(sys.executable).parent
    inherited: dict[str, Any] = {name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")}
    return {
        **inherited,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "REDRESS_STATE": str(stack.layout.state),
        "no_proxy": "127.0.0.1",
    }


def _is_json(line: str) -> bool:
    try:
        orjson.loads(line)
    except ValueError:
        return False
    return True
