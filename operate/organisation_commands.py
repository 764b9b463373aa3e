"""`redress organisation create`: a tenant with a pack, to try the API by hand."""

import asyncio
from typing import Annotated
from zoneinfo import ZoneInfo

import httpx2
import typer

from operate.policy_commands import load_valid
from operate.progress import say_to_terminal
from operate.runtime.paths import default_layout
from operate.scenarios.organisation import create_organisation, publish
from operate.scenarios.session import Session
from operate.scenarios.stack import of_layout

organisation = typer.Typer(help="Tenants of the running stack.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(organisation, name="organisation")


@organisation.callback()
def _group() -> None:
    """Tenants of the running stack."""


@organisation.command()
def create(
    *,
    name: Annotated[str, typer.Option(help="what it is called")],
    pack: Annotated[str, typer.Option(help="pack to publish for it: a name or a folder; empty: none")] = "",
) -> None:
    """Create an organisation on the real clock and print its id."""
    say_to_terminal(asyncio.run(_create(name, pack)))


async def _create(name: str, pack: str) -> str:
    loaded = load_valid(pack) if pack else None
    zone = ZoneInfo(loaded.valid().pack.zone) if loaded else ZoneInfo("UTC")
    async with httpx2.AsyncClient(trust_env=False) as http:
        session = Session(of_layout(default_layout()), http, organisation="", zone=zone)
        session.organisation = await create_organisation(session, name, None)
        if loaded:
            await publish(session, loaded.documents, effective_from=None)
        return session.organisation
