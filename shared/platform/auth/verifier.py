"""Verification of bearer tokens: JWT access tokens (RFC 9068) signed by one issuer with one algorithm.

The algorithm comes from the settings, never from the token (RFC 8725 §3.1); the headers `jku`, `jwk` and `x5u`
are ignored, so a token cannot cause a request.
"""

import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, Final, NamedTuple, Protocol

import jwt
from cachetools import TLRUCache

from shared.kernel.ids import OrgId, is_id
from shared.platform.auth.caller import Caller, Unauthorised
from shared.platform.auth.keys import KeyFile, Keys, PublicKey
from shared.platform.settings import BaseServiceSettings

LONGEST_TOKEN: Final = 8 * 1024
LONGEST_NAME: Final = 255
LEEWAY_SECONDS: Final = 30
MOST_CACHED: Final = 10_000
_CLAIMS: Final = ["iss", "aud", "exp", "iat", "sub", "org"]


class Verifier(Protocol):
    """Verifies bearer tokens."""

    def verify(self, token: str) -> Caller:
        """The caller that `token` proves; raises Unauthorised."""
        ...


class _Verified(NamedTuple):
    caller: Caller
    until: float


class JwtVerifier:
    """Verifies signatures once per token; a verified token is cached until it expires or the keys change."""

    def __init__(
        self,
        *,
        keys: Callable[[], Keys],
        issuer: str,
        audience: str,
        algorithm: str = "EdDSA",
        wall_clock: Callable[[], float] = time.time,
        most_cached: int = MOST_CACHED,
    ) -> None:
        self._current_keys = keys
        self._keys = keys()
        self._issuer = issuer
        self._audience = audience
        self._algorithm = algorithm
        self._verified: TLRUCache[bytes, _Verified, float] = TLRUCache(most_cached, _valid_until, wall_clock)

    @classmethod
    def from_settings(cls, settings: BaseServiceSettings) -> "JwtVerifier":
        """The verifier that the settings of a service describe."""
        return cls(
            keys=KeyFile(settings.jwt_public_key_file, algorithm=settings.jwt_algorithm),
            issuer=settings.jwt_issuer,
            audience=settings.jwt_audience,
            algorithm=settings.jwt_algorithm,
        )

    def verify(self, token: str) -> Caller:
        """The caller that `token` proves; raises Unauthorised with the reason's code."""
        if len(token) > LONGEST_TOKEN or not token.isascii():
            raise Unauthorised(code="token_malformed")
        self._take_new_keys()
        digest = sha256(token.encode()).digest()
        known = self._verified.get(digest)
        if known is None:
            claims = self._claims(token)
            known = _Verified(_caller(claims), claims["exp"] + LEEWAY_SECONDS)
            self._verified[digest] = known
        return known.caller

    def _take_new_keys(self) -> None:
        keys = self._current_keys()
        if keys is not self._keys:
            self._keys = keys
            self._verified.clear()

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
            key = self._key(header)
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[self._algorithm],
                issuer=self._issuer,
                audience=self._audience,
                leeway=LEEWAY_SECONDS,
                options={"require": _CLAIMS, "strict_aud": False, "verify_iat": True},
            )
        except jwt.ExpiredSignatureError as error:
            raise Unauthorised(code="token_expired") from error
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            raise Unauthorised(code="token_invalid") from error
        return claims

    def _key(self, header: Mapping[str, Any]) -> PublicKey:
        if str(header.get("typ", "")).lower().removeprefix("application/") != "at+jwt":
            raise Unauthorised(code="token_invalid")
        key = self._keys.get(header.get("kid")) or self._keys.get(None)
        if key is None:
            raise Unauthorised(code="token_invalid")
        return key


def _valid_until(_digest: bytes, verified: _Verified, _now: float) -> float:
    return verified.until


def _caller(claims: Mapping[str, Any]) -> Caller:
    roles = claims.get("roles", [])
    scope = claims.get("scope", "")
    org = claims["org"]
    subject = claims["sub"]
    well_formed = isinstance(org, str) and is_id(org) and isinstance(scope, str) and _texts(roles)
    if not well_formed or not _is_name(subject) or not all(_is_name(role) for role in roles):
        raise Unauthorised(code="token_invalid")
    return Caller(org=OrgId(org), subject=subject, roles=frozenset(roles), scopes=frozenset(scope.split()))


def _is_name(text: str) -> bool:
    """Whether it may be stored and logged: not empty, no control characters or lone surrogates."""
    return 0 < len(text) <= LONGEST_NAME and text.isprintable()


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
