"""Standard Webhooks 1.0.0 signatures: `v1` HMAC-SHA256 and `v1a` ed25519 over `id.timestamp.body`.

During a rotation both secrets sign, so a receiver may change over at any time in the overlap.
"""

import hashlib
import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SECRET_BYTES: Final = 32
SEED_BYTES: Final = 32
OVERLAP: Final = timedelta(hours=24)

HEADERS: Final = ("webhook-id", "webhook-timestamp", "webhook-signature")
TOLERANCE: Final = timedelta(minutes=5)
"""How far the timestamp of a request may be from the receiver's clock."""
LONGEST_HEADER: Final = 2000
_STAMP: Final = re.compile("[0-9]{1,12}")

_SYMMETRIC: Final = "whsec_"
_ASYMMETRIC: Final = "whpk_"


class SignatureFault(StrEnum):
    """Why a signature is not accepted."""

    MISSING = "signature_missing"
    MALFORMED = "signature_malformed"
    OLD = "signature_old"
    NO_V1 = "signature_not_v1"
    WRONG = "signature_wrong"


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
    body: bytes, *, webhook_id: str, at: datetime, secrets: Sequence[bytes], seed: bytes | None = None
) -> dict[str, str]:
    """The three headers of one attempt: the id is the same for all attempts, the timestamp is this attempt's.

    Without `seed` there is no `v1a` signature: both sides know the secret.
    """
    timestamp = str(int(at.timestamp()))
    content = b".".join((webhook_id.encode(), timestamp.encode(), body))
    signatures = [_v1(content, secret=secret) for secret in secrets]
    if seed is not None:
        signatures.append(f"v1a,{b64encode(Ed25519PrivateKey.from_private_bytes(seed).sign(content)).decode()}")
    return {"webhook-id": webhook_id, "webhook-timestamp": timestamp, "webhook-signature": " ".join(signatures)}


def signature_fault(
    body: bytes, headers: Mapping[str, str], *, secrets: Sequence[bytes], now: datetime
) -> SignatureFault | None:
    """Why the signature of what was received is not accepted; None when one of `secrets` made it within TOLERANCE.

    `headers` are by lower-case name. A receiver that acts twice on one `webhook-id` decides that by itself.
    """
    webhook_id, stamp, given = (headers.get(name, "") for name in HEADERS)
    if not webhook_id or not stamp or not given or len(given) > LONGEST_HEADER:
        return SignatureFault.MISSING
    if not _STAMP.fullmatch(stamp) or not (webhook_id + given).isascii():
        return SignatureFault.MALFORMED
    if abs(now.timestamp() - int(stamp)) > TOLERANCE.total_seconds():
        return SignatureFault.OLD
    content = b".".join((webhook_id.encode(), stamp.encode(), body))
    expected = [_v1(content, secret=secret) for secret in secrets]
    found = given.split(" ")
    if any(hmac.compare_digest(one, each) for one in expected for each in found):
        return None
    return SignatureFault.WRONG if any(each.startswith("v1,") for each in found) else SignatureFault.NO_V1


def _v1(content: bytes, *, secret: bytes) -> str:
    return f"v1,{b64encode(hmac.new(secret, content, hashlib.sha256).digest()).decode()}"
