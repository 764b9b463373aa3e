"""A stack with Prometheus over it, whose alerts are awaited, and the runbooks of those alerts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import asyncpg
import httpx2

from operate.alerts.alert import Alert
from operate.alerts.files import ALERTS
from operate.runbooks.pages import RUNBOOKS, looks_of, over_of
from operate.runtime.embedded import admin_url, database_url
from operate.runtime.stack import Stack
from tests.monitoring.commands import Commands, Ran
from tests.monitoring.prometheus import Prometheus
from tests.support.eventually import eventually

ALERT: Final = {alert.name: alert for alert in ALERTS}
FIRES_WITHIN: Final = 60.0
ENDS_WITHIN: Final = 90.0


@dataclass(frozen=True, slots=True)
class Watched:
    """What a fault needs: the stack to break, the Prometheus that is to notice, the commands that are to help."""

    stack: Stack
    http: httpx2.AsyncClient
    prometheus: Prometheus
    commands: Commands
    fired: set[str]
    """The alerts that were awaited and fired."""

    async def fires(self, *names: str, within: float = FIRES_WITHIN) -> None:
        """Wait until all of these alerts fire. Raises TimeoutError."""
        for name in names:

            async def seen(name: str = name) -> bool:
                return name in await self.prometheus.firing()

            try:
                await eventually(seen, within=within)
            except TimeoutError:
                raise AssertionError(f"{name} did not fire; firing: {await self.prometheus.firing()}") from None
            assert Path(await self.prometheus.runbook(name)).is_file()
            self.fired.add(name)

    async def ends(self, *names: str, within: float = ENDS_WITHIN) -> None:
        """Wait until none of these alerts fires. Raises TimeoutError."""

        async def seen() -> bool:
            return not set(names) & await self.prometheus.firing()

        try:
            await eventually(seen, within=within)
        except TimeoutError:
            raise AssertionError(f"still firing: {await self.prometheus.firing()}") from None

    async def look(self, name: str, **variables: str) -> list[Ran]:
        """Run what the page of an alert says to look at; its own query gives something, because the alert fires."""
        alert: Alert = ALERT[name]
        ran = await self.commands.each(looks_of(alert), **variables)
        return ran[1:]

    async def do(self, name: str, **variables: str) -> list[Ran]:
        """Run what the page of an alert says to do, one after the other."""
        return await self.commands.in_order(RUNBOOKS[name].do, **variables)

    async def over(self, name: str, **variables: str) -> dict[str, str]:
        """Run what the page says to know that it is over, and is new; what each printed. The alert fires no more."""
        *steps, gone = over_of(ALERT[name])
        ran = await self.commands.each([step for step in steps if step.run not in self.commands.run], **variables)
        [listed] = await self.commands.each([gone])
        assert '"firing"' not in listed.output, listed.output
        return {each.run: each.output for each in ran}

    @asynccontextmanager
    async def database(self, login: str = "") -> AsyncIterator[asyncpg.Connection]:
        """A connection to the database of the services: the administrator's, or that of a service's login."""
        service = urlsplit(database_url(self.stack, login or "sla"))
        url = service if login else urlsplit(admin_url(self.stack))._replace(path=service.path)
        connection = await asyncpg.connect(url._replace(scheme="postgresql").geturl())
        try:
            yield connection
        finally:
            await asyncio.wait_for(connection.close(), timeout=10)
