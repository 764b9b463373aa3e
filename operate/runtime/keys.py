"""The Ed25519 key pair of a development stack: services get the public half, `redress token` signs with the private
one.
"""

import hashlib
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from operate.errors import OperatorError
from operate.runtime.paths import write_private

ISSUER, AUDIENCE = "redress-dev", "redress"
"""Of the tokens that `redress token` signs; the services of the embedded stack are told the same."""


def private_key_file(folder: Path) -> Path:
    return folder / "jwt-private.pem"


def public_key_file(folder: Path) -> Path:
    return folder / "jwt-public.pem"


def ensure_keys(folder: Path) -> None:
    """Make the pair once; the public half is rewritten when an interruption lost it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not private_key_file(folder).exists():
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_private(private_key_file(folder), pem.decode())
    if not public_key_file(folder).exists():
        public = load_private_key(folder).public_key()
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        write_private(public_key_file(folder), pem.decode())


def load_private_key(folder: Path) -> Ed25519PrivateKey:
    """The signing key of this stack."""
    path = private_key_file(folder)
    if not path.exists():
        raise OperatorError("There is no signing key yet.", hint="Run `make up` first.")
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise OperatorError(f"{path} is not an Ed25519 key.", hint="Remove it and run `make up`.")
    return key


def key_id(key: Ed25519PublicKey) -> str:
    """A short name that changes with the key."""
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:16]
