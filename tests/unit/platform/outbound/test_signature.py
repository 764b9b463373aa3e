"""Standard Webhooks signatures, against the specification's example and the reference library."""

from base64 import b64decode
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook, WebhookVerificationError

from shared.kernel.clock import SystemClock
from shared.platform.outbound.signature import (
    SignatureFault,
    SigningKeys,
    parse_secret,
    public_key_text,
    rotate,
    secret_text,
    signature_fault,
    signed_headers,
)

SEED = bytes(range(32))
OLD, NEW = b"o" * 32, b"n" * 32
BODY = '{"type":"case.accepted","data":{"产品":"热轧卷"}}'.encode()


def test_the_example_of_the_specification() -> None:
    secret = parse_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert secret is not None

    headers = signed_headers(
        b'{"test": 2432232314}',
        webhook_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        at=datetime.fromtimestamp(1614265330, UTC),
        secrets=[secret],
        seed=SEED,
    )

    assert headers["webhook-timestamp"] == "1614265330"
    assert headers["webhook-signature"].split(" ")[0] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_the_reference_library_accepts_both_secrets_during_a_rotation(secret: bytes) -> None:
    headers = signed_headers(BODY, webhook_id="m1", at=SystemClock().now(), secrets=[NEW, OLD], seed=SEED)

    assert Webhook(secret_text(secret)).verify(BODY, headers)["type"] == "case.accepted"


@pytest.mark.parametrize("changed", ["webhook-id", "webhook-timestamp", "body"])
def test_the_reference_library_refuses_what_was_changed(changed: str) -> None:
    now = SystemClock().now()
    headers = signed_headers(BODY, webhook_id="m1", at=now, secrets=[NEW], seed=SEED)
    other = {"webhook-id": "m2", "webhook-timestamp": str(int(now.timestamp()) - 1)}
    body = BODY + b" " if changed == "body" else BODY
    headers |= {changed: other[changed]} if changed in other else {}

    with pytest.raises(WebhookVerificationError):
        Webhook(secret_text(NEW)).verify(body, headers)


def test_v1a_verifies_with_the_published_key() -> None:
    headers = signed_headers(
        BODY, webhook_id="m1", at=datetime.fromtimestamp(1_700_000_000, UTC), secrets=[], seed=SEED
    )
    key = Ed25519PublicKey.from_public_bytes(b64decode(public_key_text(SEED).removeprefix("whpk_")))
    version, _, signature = headers["webhook-signature"].partition(",")

    assert version == "v1a"
    key.verify(b64decode(signature), b"m1.1700000000." + BODY)
    with pytest.raises(InvalidSignature):
        key.verify(b64decode(signature), b"m2.1700000000." + BODY)


def test_the_old_secret_signs_for_a_day_after_the_rotation() -> None:
    now = datetime(2026, 3, 16, tzinfo=UTC)
    keys = rotate(SigningKeys(secret=OLD, seed=SEED), secret=NEW, now=now)
    day = timedelta(days=1)

    assert keys.secrets_at(now + day - timedelta(microseconds=1)) == (NEW, OLD)
    assert keys.secrets_at(now + day) == (NEW,)


@pytest.mark.parametrize(
    "text",
    ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_!!!!", secret_text(b"x" * 23), secret_text(b"x" * 65)],
)
def test_what_is_no_secret(text: str) -> None:
    assert parse_secret(text) is None


@pytest.mark.parametrize("size", [24, 32, 64])
def test_secrets_of_the_allowed_sizes(size: int) -> None:
    assert parse_secret(secret_text(b"x" * size)) == b"x" * size


NOW = datetime(2026, 3, 16, tzinfo=UTC)
MINUTES = timedelta(minutes=5)


def headers_of(**changes: str) -> dict[str, str]:
    good = signed_headers(BODY, webhook_id="m1", at=NOW, secrets=[NEW])
    return good | {name.replace("_", "-"): value for name, value in changes.items()}


def test_what_we_sign_we_accept_under_each_secret_for_five_minutes_either_way() -> None:
    assert signature_fault(BODY, headers_of(), secrets=[OLD, NEW], now=NOW) is None
    assert signature_fault(BODY, headers_of(), secrets=[NEW], now=NOW + MINUTES) is None
    assert signature_fault(BODY, headers_of(), secrets=[NEW], now=NOW - MINUTES) is None
    second = timedelta(seconds=1)
    assert signature_fault(BODY, headers_of(), secrets=[NEW], now=NOW + MINUTES + second) is SignatureFault.OLD
    assert signature_fault(BODY, headers_of(), secrets=[NEW], now=NOW - MINUTES - second) is SignatureFault.OLD


def test_what_the_reference_library_signs_is_accepted() -> None:
    signature = Webhook(secret_text(NEW)).sign(msg_id="m1", timestamp=NOW, data=BODY.decode())
    assert signature_fault(BODY, headers_of(webhook_signature=signature), secrets=[NEW], now=NOW) is None


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"webhook_id": "m2"}, SignatureFault.WRONG),
        ({"webhook_id": ""}, SignatureFault.MISSING),
        ({"webhook_timestamp": ""}, SignatureFault.MISSING),
        ({"webhook_signature": ""}, SignatureFault.MISSING),
        ({"webhook_signature": "v1," + "x" * 2000}, SignatureFault.MISSING),
        ({"webhook_timestamp": "-1"}, SignatureFault.MALFORMED),
        ({"webhook_timestamp": "1e9"}, SignatureFault.MALFORMED),
        ({"webhook_timestamp": "9" * 5000}, SignatureFault.MALFORMED),
        ({"webhook_signature": "v1,é"}, SignatureFault.MALFORMED),
        ({"webhook_signature": "v1a,abc v2,def"}, SignatureFault.NO_V1),
        ({"webhook_signature": "v1,"}, SignatureFault.WRONG),
    ],
)
def test_what_is_not_accepted_and_why(changes: dict[str, str], fault: SignatureFault) -> None:
    assert signature_fault(BODY, headers_of(**changes), secrets=[NEW], now=NOW) is fault


def test_another_body_or_secret_is_wrong_and_no_secret_accepts_nothing() -> None:
    assert signature_fault(BODY + b" ", headers_of(), secrets=[NEW], now=NOW) is SignatureFault.WRONG
    assert signature_fault(BODY, headers_of(), secrets=[OLD], now=NOW) is SignatureFault.WRONG
    assert signature_fault(BODY, headers_of(), secrets=[], now=NOW) is SignatureFault.WRONG
