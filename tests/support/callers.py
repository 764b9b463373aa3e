"""Callers of a service under test whose tokens are taken for what they say; the real verifier has its own tests."""

from typing import Any

import orjson

from shared.platform.auth.caller import Caller
from shared.platform.auth.claims import caller_of


class TrustingVerifier:
    """Reads what `unsigned` wrote; who that is, the claims decide as those of a signed token do."""

    async def verify(self, token: str) -> Caller:
        return caller_of(orjson.loads(bytes.fromhex(token)))


def unsigned(org: str, *, sub: str = "operator", scope: str = "", **claims: Any) -> str:
    """A token of these claims without a signature."""
    return orjson.dumps({"org": org, "sub": sub, "scope": scope, **claims}).hex()


def bearer(org: str, **claims: Any) -> dict[str, str]:
    """The header with such a token."""
    return {"Authorization": f"Bearer {unsigned(org, **claims)}"}
