"""Secrets at rest: AES-256-GCM under keys of the settings, bound to what they are about.

A sealed secret names its key, so that keys are rotated by putting a new one in front: it seals, all of them open, and
what the others sealed is sealed again by a job. What is sealed for one purpose cannot be opened for another, nor for
another organisation.
"""

import hashlib
import secrets
from base64 import b64decode
from collections.abc import Sequence
from typing import Annotated, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import AfterValidator, SecretStr

KEY_BYTES: Final = 32
MOST_KEYS: Final = 8
_VERSION: Final = b"\x01"
_NAME_BYTES: Final = 4
_NONCE_BYTES: Final = 12
HEAD_BYTES: Final = len(_VERSION) + _NAME_BYTES
_HEAD: Final = len(_VERSION) + _NAME_BYTES + _NONCE_BYTES


class SealBroken(Exception):
    """None of the keys opens what was sealed: another key, another purpose, or changed bytes."""


class Sealer:
    """Seals with the first of its keys and opens with any of them."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = {_name(key): AESGCM(key) for key in keys}
        self._first = _name(keys[0])
        self.head = _VERSION + self._first
        """How everything begins that is sealed from now on."""
        self.older_heads = [_VERSION + name for name in self._keys if name != self._first]
        """How it begins where another of the keys has sealed it: that is sealed again, before the key is taken away."""

    def seal(self, secret: bytes, *, about: str) -> bytes:
        """`secret`, to be opened for `about` only."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _VERSION + self._first + nonce + self._keys[self._first].encrypt(nonce, secret, about.encode())

    def open(self, sealed: bytes, *, about: str) -> bytes:
        """What was sealed for `about`. Raises SealBroken."""
        key = self._keys.get(sealed[len(_VERSION) : HEAD_BYTES])
        if key is None or not sealed.startswith(_VERSION):
            raise SealBroken
        try:
            return key.decrypt(sealed[_HEAD - _NONCE_BYTES : _HEAD], sealed[_HEAD:], about.encode())
        except (InvalidTag, ValueError):
            raise SealBroken from None


def parse_keys(text: str) -> list[bytes]:
    """The keys of a setting: base64 of 32 bytes each, separated by commas. Raises ValueError without a key in it."""
    keys: list[bytes] = []
    for part in text.split(","):
        try:
            key = b64decode(part.strip(), validate=True)
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            msg = f"key {len(keys) + 1} is not base64 of {KEY_BYTES} bytes"
            raise ValueError(msg)
        keys.append(key)
    if len(keys) > MOST_KEYS:
        msg = f"at most {MOST_KEYS} keys"
        raise ValueError(msg)
    return keys


def _usable(value: SecretStr) -> SecretStr:
    parse_keys(value.get_secret_value())
    return value


SealingKeys = Annotated[SecretStr, AfterValidator(_usable)]
"""A setting that holds keys for a Sealer."""


def sealer_of(keys: SecretStr) -> Sealer:
    """The sealer of a setting that was validated as SealingKeys."""
    return Sealer(parse_keys(keys.get_secret_value()))


def _name(key: bytes) -> bytes:
    return hashlib.sha256(b"redress sealing key" + key).digest()[:_NAME_BYTES]
