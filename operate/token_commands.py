"""`redress token`: development tokens, signed with the key of this checkout's stack."""

from collections.abc import Mapping, Sequence
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
    "sla:read sla:write messages:read messages:write webhooks:write policy:read my:read my:write "
    "links:read links:write standing:read standing:write"
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(token)


def sign_token(  # noqa: PLR0913 (what a token may say)
    keys: Path,
    *,
    roles: Sequence[str],
    organisation: str | None = None,
    scopes: Sequence[str] = (),
    subject: str = "developer",
    valid_for: timedelta = timedelta(hours=8),
    claims: Mapping[str, object] | None = None,
) -> str:
    """An access token (RFC 9068) that the services of this stack accept; `claims` are further ones."""
    key = load_private_key(keys)
    now = SystemClock().now()
    said: dict[str, object] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": subject,
        "iat": now,
        "exp": now + valid_for,
        "jti": new_id(),
        "roles": list(roles),
        "scope": " ".join(scopes),
        **(claims or {}),
    }
    if organisation:
        said["org"] = organisation
    return jwt.encode(said, key, algorithm="EdDSA", headers={"typ": "at+jwt", "kid": key_id(key.public_key())})


def principal_claims(subject: str, *, customer_ref: str = "", machine: str = "") -> dict[str, object]:
    """The claims that say what the bearer is (`shared.platform.auth.claims`); none of staff."""
    claims: dict[str, object] = {"customer_ref": customer_ref} if customer_ref else {}
    if machine:
        claims |= {"client_id": machine} if machine == subject else {"act": {"sub": machine}}
    return claims


def token(  # noqa: PLR0913 (the options of a command)
    *,
    role: Annotated[list[str] | None, typer.Option(help="role; may be given several times")] = None,
    org: Annotated[
        str, typer.Option(help="organisation's id", show_default="a new id: enough to make the first organisation")
    ] = "",
    scope: Annotated[
        list[str] | None, typer.Option(help="scope; may be given several times; none: the usual ones")
    ] = None,
    subject: Annotated[str, typer.Option(help="who")] = "developer",
    customer: Annotated[str, typer.Option(help="the reference of a customer: a token of that customer")] = "",
    machine: Annotated[
        str, typer.Option(help="a machine that acts for the subject; for itself when it is the subject")
    ] = "",
    hours: Annotated[float, typer.Option(help="how long it is valid")] = 8,
) -> None:
    """Print a development token for the services of this checkout."""
    say_to_terminal(
        sign_token(
            default_layout().keys,
            roles=role or (),
            organisation=org or new_id(),
            scopes=scope or USUAL_SCOPES.split(),
            subject=subject,
            valid_for=timedelta(hours=hours),
            claims=principal_claims(subject, customer_ref=customer, machine=machine),
        )
    )
