"""Verification of bearer tokens: JWT access tokens (RFC 9068) of the issuers in the settings.

The issuer's algorithms and keys come from the settings, never from the token (RFC 8725 §3.1, §3.8); the headers `jku`,
`jwk` and `x5u` are ignored, so a token names no address that is called.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, NamedTuple, Protocol

import jwt
from cachetools import TLRUCache

from shared.kernel.ids import OrgId
from shared.platform.auth.caller import Caller, Unauthorised
from shared.platform.auth.claims import caller_of
from shared.platform.auth.key_file import KeyFile
from shared.platform.auth.key_server import KeyServer
from shared.platform.auth.keys import Keys, KeySource, key_of
from shared.platform.settings import IssuerSettings

LONGEST_TOKEN: Final = 8 * 1024
LEEWAY_SECONDS: Final = 30
MOST_CACHED: Final = 10_000
_REQUIRED: Final = ["iss", "aud", "exp", "iat", "sub", "org"]


class Verifier(Protocol):
    """Verifies bearer tokens."""

    async def verify(self, token: str) -> Caller:
        """The caller that `token` proves. Raises Unauthorised, or KeysUnavailable."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """One issuer of tokens: what they must say, and its keys."""

    name: str
    audience: str
    algorithms: Sequence[str]
    source: KeySource
    organisations: frozenset[OrgId] = frozenset()
    """The organisations that its tokens may name; every one when empty."""

    @classmethod
    def from_settings(cls, settings: IssuerSettings, *, http_allowed: bool) -> "Issuer":
        """The issuer that the settings describe. Raises OSError or NoUsableKey when its file cannot be used."""
        algorithms = settings.algorithms
        source: KeySource
        if settings.key_file is not None:
            source = KeyFile(settings.key_file, algorithms=algorithms)
        else:
            url = settings.jwks_url
            discovered = settings.issuer if url is None else None
            source = KeyServer(algorithms=algorithms, jwks_url=url, discovered_of=discovered, http_allowed=http_allowed)
        return cls(
            name=settings.issuer,
            audience=settings.audience,
            algorithms=algorithms,
            source=source,
            organisations=frozenset(OrgId(org) for org in settings.organisations),
        )


class _Verified(NamedTuple):
    caller: Caller
    issuer: Issuer
    kid: str | None
    keys: Keys
    until: float


class JwtVerifier:
    """Verifies signatures once per token; a verified token is cached until it expires or its issuer's keys change."""

    def __init__(
        self,
        issuers: Sequence[Issuer],
        *,
        wall_clock: Callable[[], float] = time.time,
        most_cached: int = MOST_CACHED,
    ) -> None:
        self._issuers = {issuer.name: issuer for issuer in issuers}
        self._verified: TLRUCache[bytes, _Verified, float] = TLRUCache(most_cached, _valid_until, wall_clock)

    async def verify(self, token: str) -> Caller:
        """The caller that `token` proves; raises Unauthorised with the reason's code."""
        if len(token) > LONGEST_TOKEN or not token.isascii():
            raise Unauthorised(code="token_malformed")
        digest = sha256(token.encode()).digest()
        known = self._verified.get(digest)
        if known is None or await known.issuer.source.keys(known.kid) is not known.keys:
            known = await self._verify(token)
            self._verified[digest] = known
        return known.caller

    async def _verify(self, token: str) -> _Verified:
        header, issuer = self._unverified(token)
        kid = header.get("kid")
        keys = await issuer.source.keys(kid)
        key = key_of(keys, kid)
        if key is None:
            raise Unauthorised(code="token_invalid")
        claims = _claims(token, key, issuer)
        caller = caller_of(claims)
        if issuer.organisations and caller.org not in issuer.organisations:
            raise Unauthorised(code="token_invalid")
        return _Verified(caller, issuer, kid, keys, claims["exp"] + LEEWAY_SECONDS)

    def _unverified(self, token: str) -> tuple[Mapping[str, Any], Issuer]:
        """The header, and the issuer that the token claims to be of; which one only chooses the keys."""
        try:
            parts = jwt.decode_complete(token, options={"verify_signature": False})
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            raise Unauthorised(code="token_invalid") from error
        header, named = parts["header"], parts["payload"].get("iss")
        issuer = self._issuers.get(named) if isinstance(named, str) else None
        kid = header.get("kid")
        is_access_token = str(header.get("typ", "")).lower().removeprefix("application/") == "at+jwt"
        if issuer is None or not is_access_token or not isinstance(kid, str | None):
            raise Unauthorised(code="token_invalid")
        return header, issuer


def _claims(token: str, key: Any, issuer: Issuer) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=list(issuer.algorithms),
            issuer=issuer.name,
            audience=issuer.audience,
            leeway=LEEWAY_SECONDS,
            options={"require": _REQUIRED, "strict_aud": False, "verify_iat": True},
        )
    except jwt.ExpiredSignatureError as error:
        raise Unauthorised(code="token_expired") from error
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise Unauthorised(code="token_invalid") from error
    return claims


def _valid_until(_digest: bytes, verified: _Verified, _now: float) -> float:
    return verified.until
