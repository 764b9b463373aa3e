"""Public keys of an issuer, from a PEM file or a JSON Web Key Set (RFC 7517), by key id."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key

MOST_KEYS: Final = 100

PublicKey = ed25519.Ed25519PublicKey | rsa.RSAPublicKey | ec.EllipticCurvePublicKey
Keys = Mapping[str | None, PublicKey]
_FAMILY: Final[Mapping[str, type[Any]]] = {
    "EdDSA": ed25519.Ed25519PublicKey,
    "RS256": rsa.RSAPublicKey,
    "ES256": ec.EllipticCurvePublicKey,
}


class NoUsableKey(ValueError):
    """There is no public key of a configured algorithm."""


class KeySource(Protocol):
    """Where the keys of one issuer come from."""

    async def keys(self, kid: str | None) -> Keys:
        """The keys as they are known; the same object until they differ. A `kid` that is not among them may be
        looked for. Raises KeysUnavailable when none can be had.
        """
        ...


def parse_keys(content: bytes, *, algorithms: Sequence[str]) -> Keys:
    """The keys in `content`: a JWKS, or one PEM key (kid None: any kid or none). Raises NoUsableKey.

    Keys of a set that are for encryption, for another algorithm or of an unknown type are passed over (RFC 7517 §5).
    """
    families = tuple(_FAMILY[algorithm] for algorithm in algorithms)
    is_set = content.lstrip().startswith(b"{")
    keys = dict(_of_set(content, algorithms)) if is_set else {None: _of_pem(content)}
    usable = {kid: key for kid, key in keys.items() if isinstance(key, families)}
    if not usable:
        raise NoUsableKey(f"no public key for {', '.join(algorithms)}")
    return usable


def key_of(keys: Keys, kid: str | None) -> PublicKey | None:
    """The key that a token names, or the only one where the set has no ids."""
    return keys.get(kid) or keys.get(None)


def _of_pem(content: bytes) -> Any:
    try:
        return load_pem_public_key(content)
    except ValueError as error:
        raise NoUsableKey("neither a key set nor a PEM key") from error


def _of_set(content: bytes, algorithms: Sequence[str]) -> Iterator[tuple[str | None, Any]]:
    try:
        listed = orjson.loads(content).get("keys")
    except orjson.JSONDecodeError as error:
        raise NoUsableKey("not JSON") from error
    if not isinstance(listed, list) or len(listed) > MOST_KEYS:
        raise NoUsableKey(f"no list of at most {MOST_KEYS} keys")
    for item in listed:
        if isinstance(item, dict) and item.get("use", "sig") == "sig" and item.get("alg", algorithms[0]) in algorithms:
            try:
                yield _kid(item), jwt.PyJWK(item).key
            except (jwt.PyJWTError, ValueError, TypeError, KeyError):
                continue


def _kid(item: Mapping[str, Any]) -> str | None:
    kid = item.get("kid")
    return kid if isinstance(kid, str) else None
