"""Bearer tokens: the issuers and algorithms of the settings, nothing taken from the token before it is verified."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from shared.platform.auth.caller import Unauthorised
from shared.platform.auth.key_file import LOOK_SECONDS, KeyFile
from shared.platform.auth.keys import NoUsableKey, parse_keys
from shared.platform.auth.verifier import Issuer, JwtVerifier

ORG = "018f4e0a-7b1c-7000-8000-000000000001"
NOW = 1_790_000_000.0
KEY = ed25519.Ed25519PrivateKey.from_private_bytes(b"k" * 32)
OTHER_KEY = ed25519.Ed25519PrivateKey.from_private_bytes(b"o" * 32)
PUBLIC_PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
CLAIMS: dict[str, Any] = {
    "iss": "redress-dev",
    "aud": "redress",
    "exp": 4_000_000_000,
    "iat": 1_700_000_000,
    "sub": "li.wei",
    "org": ORG,
    "roles": ["business_staff"],
    "scope": "cases:read cases:write",
}


def token(
    claims: Mapping[str, Any] | None = None,
    *,
    drop: str | None = None,
    headers: Mapping[str, Any] | None = None,
    key: Any = KEY,
    algorithm: str = "EdDSA",
) -> str:
    payload = {name: value for name, value in {**CLAIMS, **(claims or {})}.items() if name != drop}
    return jwt.encode(payload, key, algorithm=algorithm, headers={"typ": "at+jwt", **(headers or {})})


def forged(header: Mapping[str, Any], *, signature: bytes = b"") -> str:
    parts = [json.dumps(part).encode() for part in (header, CLAIMS)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (*parts, signature))


def hs256_with_public_key() -> str:
    unsigned = forged({"typ": "at+jwt", "alg": "HS256"}).rpartition(".")[0]
    digest = hmac.new(PUBLIC_PEM, unsigned.encode(), hashlib.sha256).digest()
    return f"{unsigned}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


@dataclass
class Held:
    """A source of keys that never change."""

    held: Any

    async def keys(self, kid: str | None) -> Any:
        return self.held


def issuer(source: Any, **given: Any) -> Issuer:
    return Issuer(**{"name": "redress-dev", "audience": "redress", "algorithms": ("EdDSA",), "source": source, **given})


def verifier(*, keys: Any = None, algorithm: str = "EdDSA", **options: Any) -> JwtVerifier:
    return JwtVerifier([issuer(Held(keys or {None: KEY.public_key()}), algorithms=(algorithm,))], **options)


def verifier_of(file: Path, at: list[float]) -> JwtVerifier:
    return JwtVerifier([issuer(KeyFile(file, algorithms=("EdDSA",), monotonic=lambda: at[0]))])


def jwks(**keys: ed25519.Ed25519PrivateKey) -> str:
    """A key set of these keys by kid."""
    return json.dumps(
        {
            "keys": [
                {
                    "kty": "OKP",
                    "crv": "Ed25519",
                    "kid": kid,
                    "x": base64.urlsafe_b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
                    .rstrip(b"=")
                    .decode(),
                }
                for kid, key in keys.items()
            ]
        }
    )


async def test_a_good_token_names_its_caller() -> None:
    caller = await verifier().verify(token())
    assert (caller.org, caller.subject) == (ORG, "li.wei")
    assert caller.roles == {"business_staff"}
    assert caller.scopes == {"cases:read", "cases:write"}


async def test_the_media_type_form_of_typ_is_good() -> None:
    assert (await verifier().verify(token(headers={"typ": "application/at+jwt"}))).subject == "li.wei"


BAD = {
    "empty": "",
    "not a token": "abc",
    "two dots": "..",
    "alg none": forged({"typ": "at+jwt", "alg": "none"}),
    "alg None": forged({"typ": "at+jwt", "alg": "None"}),
    "HS256 with the public key": hs256_with_public_key(),
    "other key": token(key=OTHER_KEY),
    "expired": token({"exp": 1_700_000_100}),
    "not yet": token({"nbf": 3_900_000_000}),
    "issued in the future": token({"iat": 3_900_000_000}),
    "other audience": token({"aud": "elsewhere"}),
    "other issuer": token({"iss": "elsewhere"}),
    "no exp": token(drop="exp"),
    "no aud": token(drop="aud"),
    "no iss": token(drop="iss"),
    "no sub": token(drop="sub"),
    "no org": token(drop="org"),
    "id token": token(headers={"typ": "JWT"}),
    "org not an id": token({"org": "acme"}),
    "org a number": token({"org": 7}),
    "sub a number": token({"sub": 7}),
    "sub empty": token({"sub": ""}),
    "sub with a NUL": token({"sub": "li\0wei"}),
    "sub a surrogate": token({"sub": "\ud800"}),
    "sub too long": token({"sub": "x" * 256}),
    "role with a newline": token({"roles": ["clerk\n"]}),
    "roles a text": token({"roles": "admin"}),
    "roles of numbers": token({"roles": [1]}),
    "scope a list": token({"scope": ["admin"]}),
    "exp a text": forged({"typ": "at+jwt", "alg": "EdDSA"}, signature=b"x" * 64),
    "cut": token()[:-4],
    "non-ASCII": token() + "é",
    "header is a list": base64.urlsafe_b64encode(b"[]").decode() + ".e30.e30",
    "kid a list": token(headers={"kid": "k"}).replace("eyJ", "e30", 1),
    "one megabyte": "a" * 1_000_000,
    "8 KiB and one": "a" * 8193,
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
async def test_any_other_token_is_unauthorised(bad: str) -> None:
    with pytest.raises(Unauthorised):
        await verifier().verify(bad)


async def test_an_expired_token_says_so() -> None:
    with pytest.raises(Unauthorised) as refused:
        await verifier().verify(token({"exp": 1_700_000_100}))
    assert refused.value.code == "token_expired"


async def test_an_unknown_kid_is_refused_and_headers_are_not_followed() -> None:
    keyed = verifier(keys={"k1": KEY.public_key()})
    assert (await keyed.verify(token(headers={"kid": "k1", "jku": "http://169.254.169.254/"}))).subject == "li.wei"
    for kid in ("k2", "", "../k1"):
        with pytest.raises(Unauthorised):
            await keyed.verify(token(headers={"kid": kid}))
    with pytest.raises(Unauthorised):
        await keyed.verify(token())


class CountedKeys(dict[str | None, Any]):
    """Keys that count how often one is asked for: once per verified signature."""

    asked = 0

    def get(self, key: str | None, default: Any = None) -> Any:
        self.asked += 1
        return super().get(key, default)


async def test_a_token_is_verified_once_until_it_expires() -> None:
    clock, keys = [float(CLAIMS["exp"])], CountedKeys({None: KEY.public_key()})
    checked = verifier(keys=keys, wall_clock=lambda: clock[0])
    assert (await checked.verify(token())).subject == "li.wei"
    once = keys.asked
    clock[0] = CLAIMS["exp"] + 29.999
    assert (await checked.verify(token())).subject == "li.wei"
    assert keys.asked == once > 0
    clock[0] = CLAIMS["exp"] + 30
    await checked.verify(token())
    assert keys.asked == 2 * once


async def test_no_more_than_the_stated_number_of_tokens_is_cached() -> None:
    keys = CountedKeys({None: KEY.public_key()})
    checked = verifier(keys=keys, most_cached=2)
    one, two, three = (token({**CLAIMS, "sub": subject}) for subject in ("one", "two", "three"))
    for text in (one, two, three):
        await checked.verify(text)
    before = keys.asked
    assert (await checked.verify(three)).subject == "three"
    assert keys.asked == before
    assert (await checked.verify(one)).subject == "one"
    assert keys.asked > before


async def test_rs256_and_es256_by_settings() -> None:
    rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    ec_key = ec.generate_private_key(ec.SECP256R1())
    for key, algorithm in ((rsa_key, "RS256"), (ec_key, "ES256")):
        checked = verifier(keys={None: key.public_key()}, algorithm=algorithm)
        assert (await checked.verify(token(key=key, algorithm=algorithm))).subject == "li.wei"
        with pytest.raises(Unauthorised):
            await checked.verify(token())


async def test_keys_from_pem_and_jwks(tmp_path: Any) -> None:
    pem = tmp_path / "key.pem"
    pem.write_bytes(PUBLIC_PEM)
    assert list(parse_keys(pem.read_bytes(), algorithms=("EdDSA",))) == [None]
    several = tmp_path / "keys.json"
    several.write_text(jwks(k1=KEY))
    held = parse_keys(several.read_bytes(), algorithms=("EdDSA",))
    assert (await verifier(keys=held).verify(token(headers={"kid": "k1"}))).subject == "li.wei"


async def test_keys_are_rotated_without_a_restart(tmp_path: Any) -> None:
    file, at = tmp_path / "keys.json", [0.0]
    file.write_text(jwks(old=KEY))
    checked = verifier_of(file, at)
    of_old, of_new = token(headers={"kid": "old"}), token(headers={"kid": "new"}, key=OTHER_KEY)
    assert (await checked.verify(of_old)).subject == "li.wei"
    file.write_text(jwks(old=KEY, new=OTHER_KEY))
    with pytest.raises(Unauthorised):
        await checked.verify(of_new)

    at[0] += LOOK_SECONDS
    assert (await checked.verify(of_new)).subject == (await checked.verify(of_old)).subject == "li.wei"

    file.write_text(jwks(new=OTHER_KEY))
    at[0] += LOOK_SECONDS
    assert (await checked.verify(of_new)).subject == "li.wei"
    with pytest.raises(Unauthorised):
        await checked.verify(of_old)


@pytest.mark.parametrize("content", [None, "", "{", '{"keys": []}', '{"keys": [{}]}', '{"keys": 1}', "[]"])
async def test_a_key_file_that_became_unusable_leaves_the_keys_as_they_were(tmp_path: Any, content: str | None) -> None:
    file, at = tmp_path / "keys.json", [0.0]
    file.write_text(jwks(k1=KEY))
    checked = verifier_of(file, at)
    file.unlink()
    if content is not None:
        file.write_text(content)

    at[0] += LOOK_SECONDS
    assert (await checked.verify(token(headers={"kid": "k1"}))).subject == "li.wei"

    file.write_text(jwks(k2=OTHER_KEY))
    at[0] += LOOK_SECONDS
    with pytest.raises(Unauthorised):
        await checked.verify(token(headers={"kid": "k1"}))


def test_a_file_without_a_key_of_the_algorithm_stops_the_start(tmp_path: Any) -> None:
    pem = tmp_path / "key.pem"
    pem.write_bytes(PUBLIC_PEM)
    with pytest.raises(NoUsableKey):
        parse_keys(pem.read_bytes(), algorithms=("RS256",))
    none = tmp_path / "keys.json"
    none.write_text('{"keys": []}')
    with pytest.raises(NoUsableKey):
        parse_keys(none.read_bytes(), algorithms=("EdDSA",))


def test_a_private_key_file_is_no_public_key(tmp_path: Any) -> None:
    pem = tmp_path / "key.pem"
    pem.write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(ValueError):
        parse_keys(pem.read_bytes(), algorithms=("EdDSA",))
