"""Tokens of links to one case: HS256 (RFC 7518 §3.2) under keys of the settings, the same in all four services.

A token is a function of what is known of the link and of the key, so it is stored nowhere: a service that must hand
the link out works it out again. A token names its key; keys are rotated by putting a new one in front, which signs
from then on, and taking the old one away when the last link of it has expired. Whether the link still holds is not in
the token: the register of links (`shared.platform.links`) says so, on the organisation's clock.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, Final

import jwt
from pydantic import SecretStr

from shared.kernel.actor import CUSTOMER_ROLE, Kind
from shared.kernel.case_link import CaseLink
from shared.kernel.ids import OrgId, is_id
from shared.platform.auth.caller import Caller, LinkGrant, Unauthorised
from shared.platform.auth.verifier import LONGEST_TOKEN, Verifier
from shared.platform.sealing import parse_keys

TYPE: Final = "link+jwt"
AUDIENCE: Final = "redress-link"
SCOPES: Final = frozenset({"my:read", "my:write"})
SUBJECT: Final = "link:"
_ALGORITHM: Final = "HS256"
_REQUIRED: Final = ["aud", "iat", "exp", "jti", "org", "case", "may", "once"]


class LinkKeys:
    """Signs with the first of its keys and accepts all of them."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = {_name(key): key for key in keys}
        self._first = _name(keys[0])

    def token(self, link: CaseLink) -> str:
        """The secret of `link`: the same for the same link and key."""
        claims = {
            "aud": AUDIENCE,
            "org": link.org,
            "case": link.case_id,
            "jti": link.link_id,
            "iat": int(link.issued_at.timestamp()),
            "exp": int(link.expires_at.timestamp()),
            "may": list(link.may),
            "once": list(link.once),
        }
        return jwt.encode(
            claims, self._keys[self._first], algorithm=_ALGORITHM, headers={"typ": TYPE, "kid": self._first}
        )

    def caller(self, token: str) -> Caller:
        """The bearer of `token`, by its signature alone. Raises Unauthorised (`token_invalid`)."""
        try:
            key = self._keys[jwt.get_unverified_header(token)["kid"]]
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[_ALGORITHM],
                audience=AUDIENCE,
                options={"require": _REQUIRED, "verify_exp": False, "verify_iat": False},
            )
        except (jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
            raise Unauthorised(code="token_invalid") from error
        if not all(is_id(str(claims[name])) for name in ("org", "case", "jti")):
            raise Unauthorised(code="token_invalid")
        return Caller(
            org=OrgId(claims["org"]),
            subject=f"{SUBJECT}{claims['jti']}",
            roles=frozenset({CUSTOMER_ROLE}),
            scopes=SCOPES,
            kind=Kind.LINK,
            case_id=claims["case"],
            link=LinkGrant(link_id=claims["jti"], may=frozenset(claims["may"]), once=frozenset(claims["once"])),
        )


class BearerVerifier:
    """Takes tokens of links by the keys of links, and every other token by those of its issuer."""

    def __init__(self, tokens: Verifier, links: LinkKeys) -> None:
        self._tokens = tokens
        self._links = links

    async def verify(self, token: str) -> Caller:
        """The caller that `token` proves. Raises Unauthorised, or KeysUnavailable."""
        if _is_of_link(token):
            return self._links.caller(token)
        return await self._tokens.verify(token)


def link_keys_of(keys: SecretStr) -> LinkKeys:
    """The keys of a setting that was validated as SealingKeys."""
    return LinkKeys(parse_keys(keys.get_secret_value()))


def _is_of_link(token: str) -> bool:
    """What a token says of its type only chooses the keys; each kind of key accepts one algorithm."""
    if len(token) > LONGEST_TOKEN or not token.isascii():
        return False
    try:
        return jwt.get_unverified_header(token).get("typ") == TYPE
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return False


def _name(key: bytes) -> str:
    return hashlib.sha256(b"redress link key" + key).hexdigest()[:8]
