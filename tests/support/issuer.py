"""An issuer of access tokens as a real HTTP server: its OpenID configuration and its key set, both counted."""

import base64
import json
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

JWKS_PATH = "/keys"
CONFIGURATION_PATH = "/.well-known/openid-configuration"


def key(seed: bytes) -> Ed25519PrivateKey:
    """The same key for the same seed of one byte."""
    return Ed25519PrivateKey.from_private_bytes(seed * 32)


def jwks(keys: Mapping[str, Ed25519PrivateKey]) -> bytes:
    """The key set of these keys by kid."""

    def entry(kid: str, private: Ed25519PrivateKey) -> dict[str, str]:
        raw = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        x = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        return {"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": x}

    return json.dumps({"keys": [entry(kid, private) for kid, private in keys.items()]}).encode()


@dataclass
class IssuerServer:
    """What it serves, and how often it was asked for what."""

    url: str = ""
    keys: dict[str, Ed25519PrivateKey] = field(default_factory=dict)
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    """Status and body by path, in place of the right ones."""
    asked: Counter[str] = field(default_factory=Counter)

    def token(self, kid: str, **claims: Any) -> str:
        """A good token signed with that key, but for what `claims` change."""
        said = {"iss": self.url, "aud": "redress", "iat": 1_700_000_000, "exp": 4_000_000_000, "sub": "li.wei"}
        said |= {"org": "018f4e0a-7b1c-7000-8000-000000000001", "scope": "cases:read"} | claims
        return jwt.encode(said, self.keys[kid], algorithm="EdDSA", headers={"typ": "at+jwt", "kid": kid})

    def answer(self, path: str) -> tuple[int, bytes]:
        """What is answered to a GET of `path`."""
        self.asked[path] += 1
        if path in self.answers:
            return self.answers[path]
        if path == CONFIGURATION_PATH:
            return 200, json.dumps({"issuer": self.url, "jwks_uri": self.url + JWKS_PATH}).encode()
        return (200, jwks(self.keys)) if path == JWKS_PATH else (404, b"")


@contextmanager
def issuer_server(**keys: Ed25519PrivateKey) -> Iterator[IssuerServer]:
    """A server on a free port of loopback."""
    served = IssuerServer(keys=dict(keys))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = served.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if status in (301, 302):
                self.send_header("Location", served.url + JWKS_PATH)
            self.end_headers()
            self.wfile.write(body)

        def log_request(self, *_args: Any) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
