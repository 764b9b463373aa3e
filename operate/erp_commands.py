"""`redress erp check`: does an address keep the contract of `docs/api/erp.json`?"""

import asyncio
import secrets
from typing import Annotated

import httpx2
import typer

from operate.erp.check import Options, check_erp
from operate.erp.target import Target
from operate.errors import OperatorError
from operate.progress import say_to_terminal
from operate.runtime.paths import default_layout
from operate.runtime.state import load_state
from shared.kernel.ids import new_id
from shared.platform.outbound.signature import SECRET_BYTES, parse_secret, secret_text

erp = typer.Typer(help="The ERP that pays.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(erp, name="erp")


@erp.callback()
def _group() -> None:
    """The ERP that pays."""


@erp.command()
def check(  # noqa: PLR0913 (one option each)
    url: Annotated[
        str, typer.Argument(help="the ERP serves URL/v1/payments; none: the running stack's simulator")
    ] = "",
    *,
    secret: Annotated[
        str, typer.Option(envvar="REDRESS_ERP_SECRET", help="proves us: a bearer token, or whsec_… to sign")
    ] = "",
    callback_secret: Annotated[
        str,
        typer.Option(envvar="REDRESS_ERP_CALLBACK_SECRET", help="proves its callbacks; none: it does not call back"),
    ] = "",
    organisation: Annotated[str, typer.Option(help="`organisation` of the requests; a fresh id when left out")] = "",
    listen: Annotated[str, typer.Option(help="host:port where callbacks are received")] = "127.0.0.1:0",
    callback_url: Annotated[str, typer.Option(help="that place as the ERP reaches it")] = "",
    wait: Annotated[float, typer.Option(min=1, max=3600, help="seconds that a change may take")] = 30.0,
) -> None:
    """Play the whole contract against an ERP's test system and print what is wrong; exit 1 when something is."""
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal():
        raise OperatorError("--listen is host:port.")
    options = Options(host=host, port=int(port), callback_url=callback_url or None, wait_seconds=wait)
    target = Target(
        url=url,
        secret=secret,
        callback_secret=callback_secret or None,
        organisation=organisation or new_id(),
    )
    if not asyncio.run(_check(target if url else None, options)):
        raise typer.Exit(1)


async def _check(target: Target | None, options: Options) -> bool:
    played = target or await _simulator()
    if not played.secret:
        raise OperatorError("A secret is required.", hint="Set REDRESS_ERP_SECRET.")
    if played.signs and not all(parse_secret(each) for each in (played.secret, played.callback_secret) if each):
        raise OperatorError("A signing secret is whsec_ and base64 of 24 to 64 bytes, that of callbacks too.")
    wrong = 0
    async for finding in check_erp(played, options):
        say_to_terminal(f"{'WRONG' if finding.faults else 'ok   '}  {finding.tried}")
        for fault in finding.faults:
            say_to_terminal(f"         {fault}")
        wrong += len(finding.faults)
    say_to_terminal("The contract is kept." if wrong == 0 else f"{wrong} things are wrong.")
    return wrong == 0


async def _simulator() -> Target:
    """The simulator of this checkout's stack, which is told of an organisation for the check."""
    state = load_state(default_layout().stack_file)
    if "erp" not in state.urls:
        raise OperatorError("The stack is not running.", hint="Name an address, or run `make up` first.")
    own, callback = (secret_text(secrets.token_bytes(SECRET_BYTES)) for _ in range(2))
    target = Target(url=state.urls["erp"], secret=own, callback_secret=callback, organisation=new_id())
    credentials = {"scheme": "signature", "secret": own, "callback_secret": callback}
    try:
        async with httpx2.AsyncClient(trust_env=False) as http:
            (await http.put(f"{target.url}/credentials/{target.organisation}", json=credentials)).raise_for_status()
    except httpx2.HTTPError as error:
        hint = "`make up` starts what is missing; `make logs NAME=erp` shows why it ended."
        raise OperatorError(f"The simulator does not answer at {target.url}: {error!r}", hint=hint) from None
    return target
