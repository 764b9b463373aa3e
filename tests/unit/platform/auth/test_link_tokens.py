"""Tokens of links: the same for the same link, by any key that is not withdrawn, and never taken for another token."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from shared.kernel.actor import Kind
from shared.kernel.case_link import CaseLink, address
from shared.kernel.ids import OrgId, new_id
from shared.platform.auth.caller import Caller, Unauthorised
from shared.platform.auth.link_tokens import AUDIENCE, TYPE, BearerVerifier, LinkKeys

NOON = datetime(2026, 4, 9, 4, tzinfo=UTC)
OLD, NEW = b"o" * 32, b"n" * 32
LINK = CaseLink(
    org=OrgId("018f4e0a-7b1c-7000-8000-000000000001"),
    link_id="018f4e0a-7b1c-7000-8000-000000000002",
    case_id="018f4e0a-7b1c-7000-8000-000000000003",
    holder="customer",
    may=("accept", "file"),
    once=("accept",),
    issued_at=NOON,
    expires_at=NOON + timedelta(days=30),
)


class NoOther:
    """Issuers that take nothing."""

    async def verify(self, token: str) -> Caller:
        raise Unauthorised(code="token_invalid", fields={"seen": len(token) > 0})


async def code_of(token: str, *keys: bytes) -> tuple[str, bool]:
    """The refusal, and whether it came from the issuers."""
    with pytest.raises(Unauthorised) as refused:
        await BearerVerifier(NoOther(), LinkKeys(keys or (NEW,))).verify(token)
    return refused.value.code, "seen" in refused.value.fields


async def test_the_bearer_is_a_link_of_one_case_and_what_it_permits() -> None:
    caller = await BearerVerifier(NoOther(), LinkKeys([NEW])).verify(LinkKeys([NEW]).token(LINK))
    assert (caller.org, caller.kind, caller.case_id) == (LINK.org, Kind.LINK, LINK.case_id)
    assert set(caller.roles | caller.scopes) == {"customer", "my:read", "my:write"}
    assert caller.link is not None
    assert set(caller.link.may) == {"accept", "file"}
    assert set(caller.link.once) == {"accept"}
    assert caller.owns(case_id=LINK.case_id, customer_ref="C-1")
    assert not caller.owns(case_id=new_id(), customer_ref="C-1")


def test_a_token_is_a_function_of_link_and_key() -> None:
    token = LinkKeys([NEW]).token(LINK)
    assert LinkKeys([NEW]).token(replace(LINK)) == token
    assert LinkKeys([OLD]).token(LINK) != token
    assert LinkKeys([NEW]).token(replace(LINK, link_id=LINK.case_id)) != token


async def test_keys_rotate() -> None:
    token = LinkKeys([OLD]).token(LINK)
    both = LinkKeys([NEW, OLD])
    assert both.caller(token).case_id == LINK.case_id
    assert both.token(LINK) == LinkKeys([NEW]).token(LINK)
    assert await code_of(token, NEW) == ("token_invalid", False)


async def test_a_changed_token_is_refused() -> None:
    header, payload, signature = LinkKeys([NEW]).token(LINK).split(".")
    other = LinkKeys([NEW]).token(replace(LINK, case_id=LINK.org)).split(".")[1]
    for token in (f"{header}.{other}.{signature}", f"{header}.{payload}.", f"{header}.{payload}.{signature[::-1]}"):
        assert (await code_of(token))[0] == "token_invalid"


@pytest.mark.parametrize("algorithm", ["none", "HS384"])
@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
async def test_the_algorithm_is_never_the_tokens(algorithm: str) -> None:
    kid = jwt.get_unverified_header(LinkKeys([NEW]).token(LINK))["kid"]
    claims = jwt.decode(LinkKeys([NEW]).token(LINK), options={"verify_signature": False})
    assert claims["aud"] == AUDIENCE
    key: Any = None if algorithm == "none" else NEW
    token = jwt.encode(claims, key, algorithm=algorithm, headers={"typ": TYPE, "kid": kid})
    assert await code_of(token) == ("token_invalid", False)


async def test_every_other_token_goes_to_the_issuers() -> None:
    token = jwt.encode({"sub": "li.wei"}, NEW, algorithm="HS256", headers={"typ": "at+jwt"})
    assert await code_of(token) == ("token_invalid", True)
    assert await code_of("no token") == ("token_invalid", True)


def test_a_link_holds_until_it_ends_or_is_revoked() -> None:
    assert LINK.is_live(LINK.expires_at - timedelta(seconds=1))
    assert not LINK.is_live(LINK.expires_at)
    assert not replace(LINK, revoked_at=NOON).is_live(NOON)


def test_the_secret_is_in_the_fragment() -> None:
    assert address("https://shop.example/case", "abc") == "https://shop.example/case#link=abc"
