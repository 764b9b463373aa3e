"""`redress token`: development tokens, signed with the key of this checkout's stack."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import jwt
import typer

from operate.progress import say_to_terminal
from operate.runtime.keys import AUDIENCE, ISSUER, key_id, load_private_key
from operate.runtime.paths import default_layout
from shared.kernel.clock import SystemClock
from shared.kernel.ids import new_id

# The scopes of a person who works on cases; roles restrict them further.
USUAL_SCOPES = (
    "cases:read cases:write settlement:read settlement:write settlement:approve "
    "sla:read sla:write messages:read messages:write webhooks:write policy:read"
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(token)


def sign_token(
    keys: Path,
    *,
    roles: Sequence[str],
    organisation: str | None = None,
    scopes: Sequence[str] = (),
    subject: str = "developer",
    valid_for: timedelta = timedelta(hours=8),
) -> str:
    """An access token (RFC 9068) that the services of this stack accept."""
    key = load_private_key(keys)
    now = SystemClock().now()
    claims: dict[str, object] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": subject,
        "iat": now,
        "exp": now + valid_for,
        "jti": new_id(),
        "roles": list(roles),
        "scope": " ".join(scopes),
    }
    if organisation:
        claims["org"] = organisation
    return jwt.encode(claims, key, algorithm="EdDSA", headers={"typ": "at+jwt", "kid": key_id(key.public_key())})


def token(
    *,
    role: Annotated[list[str], typer.Option(help="role; may be given several times")],
    org: Annotated[str, typer.Option(help="organisation")] = "",
    scope: Annotated[
        list[str] | None, typer.Option(help="scope; may be given several times; none: the usual ones")
    ] = None,
    subject: Annotated[str, typer.Option(help="who")] = "developer",
    hours: Annotated[float, typer.Option(help="how long it is valid")] = 8,
) -> None:
    """Print a development token for the services of this checkout."""
    say_to_terminal(
        sign_token(
            default_layout().keys,
            roles=role,
            organisation=org or None,
            scopes=scope or USUAL_SCOPES.split(),
            subject=subject,
            valid_for=timedelta(hours=hours),
        )
    )
