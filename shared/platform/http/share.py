"""To whom a request is counted: the organisation of its token, or the peer's address when it has no valid one.

What is shared out or limited (places, bodies, rates) is counted under `Share.name`; a token for which the verifier
raises is refused later, by the route.
"""

import ipaddress
from dataclasses import dataclass
from typing import Any, Final

from starlette.types import Scope

from shared.kernel.errors import Unavailable
from shared.platform.auth.caller import Caller, Unauthorised

_IPV6_NETWORK_BITS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`caller` is None without a valid token; `name` identifies the organisation or the peer in this process."""

    name: str
    caller: Caller | None


async def share_of(scope: Scope) -> Share:
    """The share that the request of `scope` is counted to."""
    caller = await _caller(scope)
    if caller is not None:
        return Share(name=caller.org, caller=caller)
    return Share(name=f"peer {_network(scope)}", caller=None)


async def _caller(scope: Scope) -> Caller | None:
    for name, value in scope["headers"]:
        if name == b"authorization":
            kind, _, token = value.decode("latin-1").partition(" ")
            break
    else:
        return None
    if kind.lower() != "bearer" or not token:
        return None
    verifier: Any = scope["app"].state.verifier
    try:
        found: Caller = await verifier.verify(token.strip())
    except (Unauthorised, Unavailable):
        return None
    return found


def _network(scope: Scope) -> str:
    """The peer's address; of IPv6 the network, since one host has all addresses of a /64."""
    client = scope.get("client")
    if client is None:
        return "unknown"
    try:
        address = ipaddress.ip_address(client[0].partition("%")[0])
    except ValueError:
        return "unknown"
    if address.version == 6:  # noqa: PLR2004 (the version's number)
        return str(ipaddress.ip_network((address, _IPV6_NETWORK_BITS), strict=False))
    return str(address)
