"""Standard Webhooks 1.0.0 signatures: `v1` HMAC-SHA256 and `v1a` ed25519 over `id.timestamp.body`.

During a rotation both secrets sign, so a receiver may change over at any time in the overlap.
"""

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SECRET_BYTES: Final = 32
OVERLAP: Final = timedelta(hours=24)

_SYMMETRIC: Final = "whsec_"
_ASYMMETRIC: Final = "whpk_"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKeys:
    """An endpoint's secrets: the current one, the previous one until `previous_until`, and an ed25519 seed."""

    secret: bytes
    seed: bytes
    previous: bytes | None = None
    previous_until: datetime | None = None

    def secrets_at(self, now: datetime) -> tuple[bytes, ...]:
        """The secrets that sign at `now`, current first."""
        if self.previous is None or self.previous_until is None or now >= self.previous_until:
            return (self.secret,)
        return (self.secret, self.previous)


def rotate(keys: SigningKeys, *, secret: bytes, now: datetime) -> SigningKeys:
    """`secret` becomes current; the one until now goes on signing for a day."""
    return replace(keys, secret=secret, previous=keys.secret, previous_until=now + OVERLAP)


def secret_text(secret: bytes) -> str:
    """A secret as receivers configure it: `whsec_` and base64."""
    return _SYMMETRIC + b64encode(secret).decode()


def parse_secret(text: str) -> bytes | None:
    """The bytes of a `whsec_` secret of 24 to 64 bytes, or None when it is not one."""
    if not text.startswith(_SYMMETRIC):
        return None
    try:
        secret = b64decode(text.removeprefix(_SYMMETRIC), validate=True)
    except ValueError:
        return None
    return secret if 24 <= len(secret) <= 64 else None  # noqa: PLR2004 (Standard Webhooks limits)


def public_key_text(seed: bytes) -> str:
    """The verification key for `v1a`: `whpk_` and base64."""
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key()
    return _ASYMMETRIC + b64encode(public.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def signed_headers(
    body: bytes, *, webhook_id: str, at: datetime, secrets: Sequence[bytes], seed: bytes
) -> dict[str, str]:
    """The three headers of one attempt: the id is the same for all attempts, the timestamp is this attempt's."""
    timestamp = str(int(at.timestamp()))
    content = b".".join((webhook_id.encode(), timestamp.encode(), body))
    signatures = [_v1(content, secret=secret) for secret in secrets]
    signatures.append(f"v1a,{b64encode(Ed25519PrivateKey.from_private_bytes(seed).sign(content)).decode()}")
    return {"webhook-id": webhook_id, "webhook-timestamp": timestamp, "webhook-signature": " ".join(signatures)}


def _v1(content: bytes, *, secret: bytes) -> str:
    return f"v1,{b64encode(hmac.new(secret, content, hashlib.sha256).digest()).decode()}"
