"""The issuer's public keys, from a file that may be replaced while the process runs, to rotate keys.

A rotation puts the new key beside the old one (a JWKS with both), lets the issuer sign with the new one,
and removes the old one. A removed key is refused after at most `LOOK_SECONDS`.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from shared.platform.observability.logging import logger

LOOK_SECONDS: Final = 30.0

PublicKey = ed25519.Ed25519PublicKey | rsa.RSAPublicKey | ec.EllipticCurvePublicKey
Keys = Mapping[str | None, PublicKey]
_FAMILY: Final[Mapping[str, type[Any]]] = {
    "EdDSA": ed25519.Ed25519PublicKey,
    "RS256": rsa.RSAPublicKey,
    "ES256": ec.EllipticCurvePublicKey,
}


class KeyFileUnusable(ValueError):
    """The key file holds no public key of the configured algorithm; the service must not start."""


def load_keys(path: Path, *, algorithm: str) -> Keys:
    """Public keys of `path` by kid: a JWKS, or one PEM key (kid None: any kid or none)."""
    text = path.read_bytes()
    if text.lstrip().startswith(b"{"):
        keys = {key["kid"]: jwt.PyJWK(key, algorithm=algorithm).key for key in orjson.loads(text)["keys"]}
    else:
        keys = {None: load_pem_public_key(text)}
    if not keys or not all(isinstance(key, _FAMILY[algorithm]) for key in keys.values()):
        raise KeyFileUnusable(f"{path} holds no public key for {algorithm}")
    return keys


class KeyFile:
    """The keys in the file; checked for a change every `LOOK_SECONDS`."""

    def __init__(self, path: Path, *, algorithm: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._algorithm = algorithm
        self._monotonic = monotonic
        self._stamp = self._stamped()
        self._keys = load_keys(path, algorithm=algorithm)
        self._looked_at = monotonic()

    def __call__(self) -> Keys:
        """The keys; the same object until the file holds others. An unusable file does not replace them."""
        now = self._monotonic()
        if now - self._looked_at >= LOOK_SECONDS:
            self._looked_at = now
            self._look()
        return self._keys

    def _look(self) -> None:
        try:
            stamp = self._stamped()
            if stamp != self._stamp:
                self._keys = load_keys(self._path, algorithm=self._algorithm)
                self._stamp = stamp
                logger().info("auth.keys_changed", count=len(self._keys))
        except (OSError, ValueError, KeyError, TypeError, jwt.PyJWTError) as error:
            logger().error("auth.keys_unusable", error_type=type(error).__name__)

    def _stamped(self) -> tuple[int, int, int]:
        found = self._path.stat()
        return found.st_mtime_ns, found.st_ino, found.st_size
